using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HubCache.Names;
using HubCache.Store;

namespace HubCache.Maintenance.Packing;

/// <summary>
/// The JSON of lock files and of the lists in archives. What is read has been checked by the same rules as names from the Hub.
/// </summary>
internal static class PackingJson
{
    public const string LockFormat = "hubcache-lock";
    public const string ExportFormat = "hubcache-export";

    private const int Version = 1;

    /// <summary>Writes a list; refs and trees belong to archives only.</summary>
    public static byte[] Write(string format, IEnumerable<PackedRepo> repos)
    {
        var list = new JsonArray([.. repos.Select(repo => Write(repo, isExport: format == ExportFormat))]);
        return [.. IndentedJson.Write(new JsonObject { ["format"] = format, ["version"] = Version, ["repos"] = list }), (byte)'\n'];
    }

    /// <summary>Reads a list.</summary>
    /// <exception cref="FormatException">It is none of this format and version, or not all of it can be used; the message ends the sentence
    /// "it …".</exception>
    public static IReadOnlyList<PackedRepo> Read(ReadOnlyMemory<byte> text, string format)
    {
        try
        {
            // Editors on Windows write a byte order mark before UTF-8.
            using JsonDocument document =
                JsonDocument.Parse(text.Span.StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || Optional(root, "format") is not { ValueKind: JsonValueKind.String } name
                || name.GetString() != format)
            {
                throw new FormatException($"does not say that its format is '{format}'");
            }

            if (Number(root, "version", "the file") is var version && version != Version)
            {
                throw new FormatException(
                    string.Create(CultureInfo.InvariantCulture, $"is of version {version}, and this release reads version {Version}"));
            }

            List<PackedRepo> repos =
                [.. Array(root, "repos", "the file").Select((repo, number) => Read(repo, number + 1, isExport: format == ExportFormat))];
            RefuseRepeated(repos.Select(repo => $"{repo.Locked.RepoType} {repo.Locked.RepoId} {repo.Locked.Commit}"), "repo and commit");
            return repos.Count > 0 ? repos : throw new FormatException("names no repo");
        }
        catch (JsonException e)
        {
            throw new FormatException($"is no JSON ({e.Message})", e);
        }
        catch (InvalidOperationException e)
        {
            // Half of a surrogate pair, escaped.
            throw new FormatException("has a text that is not valid Unicode", e);
        }
        catch (HubCacheException e)
        {
            throw new FormatException($"holds what cannot be used: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static JsonObject Write(PackedRepo repo, bool isExport)
    {
        LockedRepo locked = repo.Locked;
        var json = new JsonObject
        {
            ["repo_id"] = locked.RepoId.Value,
            ["repo_type"] = locked.RepoType.ToString().ToLowerInvariant(),
            ["revision"] = locked.Revision.Value,
            ["commit"] = locked.Commit.Value,
        };
        if (isExport)
        {
            json["refs"] = new JsonArray([.. repo.Refs.Select(name => JsonValue.Create(name.Value))]);
            if (repo.Tree is PackedTree tree)
            {
                json["tree"] = new JsonObject { ["size"] = tree.Length, ["sha256"] = tree.Sha256 };
            }
        }

        json["files"] = new JsonArray([.. locked.Files.Select(
            file => new JsonObject { ["path"] = file.Name.Value, ["size"] = file.Length, ["etag"] = file.ETag.Value })]);
        return json;
    }

    private static PackedRepo Read(JsonElement repo, int number, bool isExport)
    {
        string what = string.Create(CultureInfo.InvariantCulture, $"repo {number}");
        RepoId id = RepoId.Parse(Text(repo, "repo_id", what));
        string type = Text(repo, "repo_type", what);
        RepoType repoType = Enum
            .GetValues<RepoType>()
            .Cast<RepoType?>()
            .FirstOrDefault(known => type.Equals(known.ToString(), StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"has no type of a repo as 'repo_type' of {what}");
        CommitHash commit = CommitHash.TryParse(Text(repo, "commit", what))
            ?? throw new FormatException($"has no commit hash of 40 hex digits as 'commit' of {what}");
        var revision = Revision.Parse(Text(repo, "revision", what));
        if (revision.Commit is not null && revision.Commit != commit)
        {
            throw new FormatException($"names two commits for {what}");
        }

        List<LockedFile> files = [.. Array(repo, "files", what).Select(
            (file, place) => ReadFile(file, string.Create(CultureInfo.InvariantCulture, $"file {place + 1} of {id}")))];
        RefuseRepeated(files.Select(file => file.Name.Value), "path");
        if (files.Count == 0 || files.GroupBy(file => file.ETag).Any(same => same.DistinctBy(file => file.Length).Count() > 1))
        {
            throw new FormatException(files.Count == 0 ? $"names no file of {id}" : $"gives one etag two sizes in {id}");
        }

        var locked = new LockedRepo(repoType, id, revision, commit, [.. files.OrderBy(file => file.Name.Value, StringComparer.Ordinal)]);
        return isExport ? new PackedRepo(locked, ReadRefs(repo, what), ReadTree(repo, what)) : new PackedRepo(locked, [], null);
    }

    private static LockedFile ReadFile(JsonElement file, string what)
    {
        long size = Number(file, "size", what);
        return new LockedFile(
            HubFileName.Parse(Text(file, "path", what)),
            size >= 0 ? size : throw new FormatException($"has a negative 'size' of {what}"),
            ETag.TryParse(Text(file, "etag", what))
                ?? throw new FormatException($"has neither a SHA-256 nor a git SHA-1, in lower-case hex, as 'etag' of {what}"));
    }

    private static List<Revision> ReadRefs(JsonElement repo, string what)
    {
        List<Revision> refs = [.. Array(repo, "refs", what).Select(
            name => Revision.Parse(name.ValueKind == JsonValueKind.String ? name.GetString()! : string.Empty))];
        RefuseRepeated(refs.Select(name => name.Value), "ref");
        return refs.Exists(name => name.Commit is not null) ? throw new FormatException($"has a commit among the 'refs' of {what}") : refs;
    }

    private static PackedTree? ReadTree(JsonElement repo, string what)
    {
        if (Optional(repo, "tree") is not JsonElement tree)
        {
            return null;
        }

        string sha256 = Text(tree, "sha256", $"the tree of {what}");
        long length = Number(tree, "size", $"the tree of {what}");
        return length >= 0 && Hex.IsLower(sha256, 64)
            ? new PackedTree(length, sha256)
            : throw new FormatException($"has no usable 'tree' of {what}");
    }

    private static void RefuseRepeated(IEnumerable<string> values, string what)
    {
        if (values.GroupBy(value => value, StringComparer.Ordinal).FirstOrDefault(same => same.Skip(1).Any()) is { } repeated)
        {
            throw new FormatException($"has the {what} '{repeated.Key}' twice");
        }
    }

    private static JsonElement? Optional(JsonElement json, string name)
        => json.ValueKind == JsonValueKind.Object
            && json.TryGetProperty(name, out JsonElement value)
            && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Text(JsonElement json, string name, string what)
        => Optional(json, name) is { ValueKind: JsonValueKind.String } value
            ? value.GetString()!
            : throw new FormatException($"has no text '{name}' of {what}");

    private static long Number(JsonElement json, string name, string what)
        => Optional(json, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out long number)
            ? number
            : throw new FormatException($"has no whole number '{name}' of {what}");

    private static JsonElement.ArrayEnumerator Array(JsonElement json, string name, string what)
        => Optional(json, name) is { ValueKind: JsonValueKind.Array } value
            ? value.EnumerateArray()
            : throw new FormatException($"has no list '{name}' of {what}");
}
