using System.Globalization;

namespace FakeHub;

/// <summary>The Hub's own origin: who may see which repo, and its files.</summary>
internal static class HubEndpoints
{
    private const string XetFileInfo = "application/vnd.xet-fileinfo+json";

    public static async Task HandleAsync(Exchange exchange)
    {
        bool api = exchange.Segments[0] == "api";
        RepoPath? path = api ? RepoPath.OfApi(exchange.Segments) : RepoPath.OfFile(exchange.Segments);
        if (path is null)
        {
            await HubError.SendAsync(exchange, 404, null, "Not found");
        }
        else if (await EnterAsync(exchange, path, needsFiles: !api || path.Verb == "xet-read-token") is FakeRepo repo)
        {
            await (api ? RepoApi.HandleAsync(exchange, repo, path) : SendFileAsync(exchange, repo, path));
        }
    }

    /// <summary>The repo, or null when the caller has been sent away.</summary>
    private static async Task<FakeRepo?> EnterAsync(Exchange exchange, RepoPath path, bool needsFiles)
    {
        FakeHubOptions options = exchange.Server.Options;
        TokenAccess access = TokenAccess.None;
        bool anonymous = !exchange.Entry.HasAuthorization;
        if (!anonymous && !options.Tokens.TryGetValue(exchange.Entry.Token ?? "", out access))
        {
            await HubError.InvalidTokenAsync(exchange);
            return null;
        }
        FakeHubServer.RepoAtId? found = exchange.Server.Find(path.Type, path.Id);
        if (found is null || (found.Repo.IsPrivate && !access.HasFlag(TokenAccess.Read)))
        {
            await (anonymous && !options.AnonymousMissingRepoIs404
                ? HubError.LoginNeededAsync(exchange)
                : HubError.RepoNotFoundAsync(exchange));
            return null;
        }
        if (found.Repo.Id != path.Id)
        {
            string location = path.Redirected(exchange, found.Repo.Id);
            await exchange.RedirectAsync(307, found.AbsoluteLocation ? new Uri(exchange.Server.Endpoint, location).AbsoluteUri : location);
            return null;
        }
        if (needsFiles && found.Repo.IsGated && !access.HasFlag(TokenAccess.Gated))
        {
            await HubError.GatedAsync(exchange, found.Repo, anonymous);
            return null;
        }
        return found.Repo;
    }

    private static async Task SendFileAsync(Exchange exchange, FakeRepo repo, RepoPath path)
    {
        if (exchange.Request.Method is not ("GET" or "HEAD"))
        {
            await HubError.SendAsync(exchange, 405, null, "Method not allowed");
            return;
        }
        if (repo.FindCommit(path.Revision) is not FakeCommit commit)
        {
            await HubError.RevisionNotFoundAsync(exchange, path.Revision);
            return;
        }
        var headers = exchange.Response.Headers;
        headers["X-Repo-Commit"] = commit.Hash;
        headers.AcceptRanges = "bytes";
        if (!commit.Files.TryGetValue(path.FilePath, out FakeFile? file))
        {
            await HubError.EntryNotFoundAsync(exchange);
            return;
        }
        headers.ContentDisposition = $"inline; filename*=UTF-8''{Uri.EscapeDataString(path.FilePath.Split('/')[^1])}";
        if (file.IsLfs)
        {
            await SendToStorageAsync(exchange, repo, file);
        }
        else
        {
            exchange.Response.ContentType = "text/plain; charset=utf-8";
            string etag = file.WeakEtag ? $"W/\"{file.Etag}\"" : $"\"{file.Etag}\"";
            await new ContentAnswer(exchange, file.Content, etag).SendAsync();
        }
    }

    /// <summary>Says that the file is in Xet, and where; true when the caller wants to know no more than that.</summary>
    private static bool SendXetHeaders(Exchange exchange, FakeRepo repo, FakeFile file)
    {
        string commit = exchange.Response.Headers["X-Repo-Commit"].ToString();
        string hub = exchange.Server.Endpoint.GetLeftPart(UriPartial.Authority);
        string service = $"{exchange.Server.StorageOrigin.GetLeftPart(UriPartial.Authority)}/{XetEndpoints.Service}";
        exchange.Response.Headers["X-Xet-Hash"] = file.XetHash;
        exchange.Response.Headers.Link = $"<{hub}/api/{repo.Type}s/{repo.Id}/xet-read-token/{commit}>; rel=\"xet-auth\", "
            + $"<{service}/v1/reconstructions/{file.XetHash}>; rel=\"xet-reconstruction-info\"";
        return exchange.Request.Headers.Accept.ToString().Contains(XetFileInfo, StringComparison.Ordinal);
    }

    private static Task SendToStorageAsync(Exchange exchange, FakeRepo repo, FakeFile file)
    {
        string link = exchange.Server.Links.Make(StorageEndpoints.PathOf(repo, file));
        var headers = exchange.Response.Headers;
        headers["X-Linked-Etag"] = $"\"{file.Etag}\"";
        headers["X-Linked-Size"] = file.Size.ToString(CultureInfo.InvariantCulture);
        // This one is of the redirect's own little body; so is its Content-Length.
        headers.ETag = $"\"{Hex.Sha1(link)}\"";
        if (file.XetHash is not null && SendXetHeaders(exchange, repo, file))
        {
            return exchange.SendAsync(200, XetFileInfo, "{}");
        }
        return exchange.RedirectAsync(302, link);
    }
}
