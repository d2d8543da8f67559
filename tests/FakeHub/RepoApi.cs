using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FakeHub;

/// <summary>What the Hub tells about a repo: its info, tree, refs and single paths.</summary>
internal static class RepoApi
{
    public const string CommitTime = "2024-01-01T00:00:00.000Z";

    public static async Task HandleAsync(Exchange exchange, FakeRepo repo, RepoPath path)
    {
        if (path.Verb == "refs")
        {
            await SendRefsAsync(exchange, repo);
            return;
        }
        if (repo.FindCommit(path.Revision) is not FakeCommit commit)
        {
            await HubError.RevisionNotFoundAsync(exchange, path.Revision);
            return;
        }
        exchange.Response.Headers["X-Repo-Commit"] = commit.Hash;
        await ((path.Verb, exchange.Request.Method) switch
        {
            ("" or "revision", "GET" or "HEAD") => SendInfoAsync(exchange, repo, commit),
            ("xet-read-token", "GET") => XetEndpoints.SendTokenAsync(exchange),
            ("tree", "GET" or "HEAD") => SendTreeAsync(exchange, commit, path.FilePath),
            ("paths-info", "POST") => SendPathsAsync(exchange, commit),
            _ => HubError.SendAsync(exchange, 404, null, "Not found"),
        });
    }

    private static Task SendInfoAsync(Exchange exchange, FakeRepo repo, FakeCommit commit)
    {
        bool details = IsTrue(exchange.Request.Query["blobs"]);
        return exchange.SendJsonAsync(new
        {
            _id = commit.Hash[..24],
            id = repo.Id,
            author = repo.Id.Contains('/') ? repo.Id.Split('/')[0] : null,
            sha = commit.Hash,
            lastModified = CommitTime,
            createdAt = CommitTime,
            @private = repo.IsPrivate,
            gated = repo.IsGated ? (object)"manual" : false,
            disabled = false,
            downloads = 0,
            likes = 0,
            tags = Array.Empty<string>(),
            siblings = commit.Files.Values.Select(file => details
                ? (object)new
                {
                    rfilename = file.Path,
                    size = file.Size,
                    blobId = file.GitOid,
                    lfs = file.IsLfs ? new { sha256 = file.Etag, size = file.Size, pointerSize = file.Pointer!.Length } : null,
                }
                : new { rfilename = file.Path }),
        });
    }

    private static Task SendRefsAsync(Exchange exchange, FakeRepo repo)
    {
        object[] Under(string prefix) => [.. repo.ListRefs()
            .Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(item => new { name = item.Key[prefix.Length..], @ref = item.Key, targetCommit = item.Value })];
        return exchange.SendJsonAsync(new
        {
            branches = Under("refs/heads/"),
            tags = Under("refs/tags/"),
            converts = Under("refs/convert/"),
            pullRequests = IsTrue(exchange.Request.Query["include_prs"]) ? Under("refs/pr/") : null,
        });
    }

    private static Task SendTreeAsync(Exchange exchange, FakeCommit commit, string folder)
    {
        bool expand = IsTrue(exchange.Request.Query["expand"]);
        IReadOnlyList<TreeEntry> all = List(commit, folder, IsTrue(exchange.Request.Query["recursive"]), expand);
        if (all.Count == 0 && folder.Length > 0)
        {
            return HubError.EntryNotFoundAsync(exchange);
        }
        if (!int.TryParse(exchange.Request.Query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out int limit) || limit < 1)
        {
            limit = exchange.Server.Options.TreePageSize;
        }
        // A cursor is opaque to the caller; here it is the path of the last entry that was sent.
        string after = Encoding.UTF8.GetString(Convert.FromHexString(exchange.Request.Query["cursor"].ToString()));
        IReadOnlyList<TreeEntry> page = [.. all.Where(entry => string.CompareOrdinal(entry.Path, after) > 0).Take(limit)];
        if (page.Count > 0 && page[^1] != all[^1])
        {
            string cursor = Hex.Of(Encoding.UTF8.GetBytes(page[^1].Path));
            IEnumerable<string> kept = exchange.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
                .Where(part => !part.StartsWith("cursor=", StringComparison.Ordinal));
            var next = new Uri(exchange.Server.Endpoint, $"{exchange.Path}?{string.Join('&', kept.Append("cursor=" + cursor))}");
            exchange.Response.Headers.Link = $"<{next.AbsoluteUri}>; rel=\"next\"";
        }
        return exchange.SendJsonAsync(page);
    }

    private static async Task SendPathsAsync(Exchange exchange, FakeCommit commit)
    {
        (string[] paths, bool expand) = await ReadPathsAsync(exchange);
        TreeEntry[] all = [.. List(commit, "", recursive: true, expand)];
        await exchange.SendJsonAsync(all.Where(entry => paths.Contains(entry.Path)));
    }

    private static async Task<(string[] Paths, bool Expand)> ReadPathsAsync(Exchange exchange)
    {
        if (exchange.Request.HasFormContentType)
        {
            var form = await exchange.Request.ReadFormAsync(exchange.Gone);
            return ([.. form["paths"].Select(path => path ?? "")], IsTrue(form["expand"]));
        }
        using JsonDocument json = await JsonDocument.ParseAsync(exchange.Request.Body, default, exchange.Gone);
        string[] paths = [.. json.RootElement.GetProperty("paths").EnumerateArray().Select(path => path.GetString()!)];
        return (paths, json.RootElement.TryGetProperty("expand", out JsonElement expand) && expand.ValueKind == JsonValueKind.True);
    }

    /// <summary>Files and folders under a folder, in the order of their paths.</summary>
    private static TreeEntry[] List(FakeCommit commit, string folder, bool recursive, bool expand)
    {
        string prefix = folder.Length == 0 ? "" : folder.TrimEnd('/') + "/";
        var entries = new SortedDictionary<string, TreeEntry>(StringComparer.Ordinal);
        foreach (FakeFile file in commit.Files.Values.Where(file => file.Path.StartsWith(prefix, StringComparison.Ordinal)))
        {
            int slash = file.Path.IndexOf('/', prefix.Length);
            for (; slash >= 0; slash = recursive ? file.Path.IndexOf('/', slash + 1) : -1)
            {
                string path = file.Path[..slash];
                entries[path] = TreeEntry.OfFolder(path, commit, expand);
            }
            if (recursive || file.Path.IndexOf('/', prefix.Length) < 0)
            {
                entries[file.Path] = TreeEntry.OfFile(file, commit, expand);
            }
        }
        return [.. entries.Values];
    }

    private static bool IsTrue(string? value) => value is "1" || string.Equals(value, "true", StringComparison.OrdinalIgnoreCase);

    private sealed record LfsEntry(string Oid, long Size, int PointerSize);

    private sealed record LastCommit(string Id, string Title, string Date);

    private sealed record Security(string Status, object AvScan, object PickleImportScan);

    private sealed record TreeEntry(
        string Type,
        string Oid,
        long Size,
        string Path,
        LfsEntry? Lfs,
        string? XetHash,
        LastCommit? LastCommit,
        Security? SecurityFileStatus)
    {
        public static TreeEntry OfFile(FakeFile file, FakeCommit commit, bool expand) => new(
            "file",
            file.GitOid,
            file.Size,
            file.Path,
            file.IsLfs ? new LfsEntry(file.Etag, file.Size, file.Pointer!.Length) : null,
            file.XetHash,
            expand ? new LastCommit(commit.Hash, "Add files", CommitTime) : null,
            expand ? new Security("safe", new { virusFound = false }, new { highestSafetyLevel = "innocuous" }) : null);

        public static TreeEntry OfFolder(string path, FakeCommit commit, bool expand) => new(
            "directory",
            Hex.Sha1(commit.Hash + path),
            0,
            path,
            null,
            null,
            expand ? new LastCommit(commit.Hash, "Add files", CommitTime) : null,
            null);
    }
}
