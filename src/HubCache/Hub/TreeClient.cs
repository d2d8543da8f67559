using System.Text.Json;
using HubCache.Names;

namespace HubCache.Hub;

/// <summary>Asks the Hub which commit a revision stands for, and what that commit's tree holds.</summary>
internal sealed class TreeClient(ApiClient api)
{
    /// <summary>The commit that a revision stands for now; null when this Hub has no such page.</summary>
    /// <exception cref="TransientException">No answer, or one that may be better next time.</exception>
    /// <exception cref="HubCacheException">The Hub's own refusals, or <see cref="HubErrorCode.HubProtocolError"/>.</exception>
    public async Task<CommitHash?> GetCommitAsync(RepoType type, RepoId repo, Revision revision, CancellationToken cancellationToken)
    {
        using ApiAnswer? answer = await api
            .GetAsync(HubAddress.Info(api.Endpoint, type, repo, revision), repo, revision, cancellationToken)
            .ConfigureAwait(false);
        return answer is null
            ? null
            : CommitHash.TryParse(Read(answer, () => Text(answer.Json, "sha")))
                ?? throw HubErrors.Nonsense(answer.Address, "it does not say which commit the revision is");
    }

    /// <summary>One page of a tree, its folders left out; null when this Hub has no such page.</summary>
    /// <param name="page">The first page, <see cref="HubAddress.Tree"/>, or the next one of the page before.</param>
    /// <param name="repo">The repo, for messages.</param>
    /// <param name="commit">The commit, for messages.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="TransientException">No answer, or one that may be better next time.</exception>
    /// <exception cref="HubCacheException">The Hub's own refusals, or <see cref="HubErrorCode.HubProtocolError"/>.</exception>
    public async Task<TreePage?> GetPageAsync(Uri page, RepoId repo, CommitHash commit, CancellationToken cancellationToken)
    {
        using ApiAnswer? answer = await api.GetAsync(page, repo, Revision.Of(commit), cancellationToken).ConfigureAwait(false);
        if (answer is null)
        {
            return null;
        }

        if (answer.Json.ValueKind != JsonValueKind.Array)
        {
            throw HubErrors.Nonsense(answer.Address, "the tree is no list");
        }

        List<TreeEntry> files = Read(answer, () => answer.Json
            .EnumerateArray()
            .Where(entry => Text(entry, "type") == "file")
            .Select(entry => Parse(entry, answer.Address))
            .ToList());
        return new TreePage(files, answer.Next, answer.Length);
    }

    private static TreeEntry Parse(JsonElement entry, Uri address)
    {
        bool isLfs = entry.TryGetProperty("lfs", out JsonElement lfs) && lfs.ValueKind == JsonValueKind.Object;
        var file = new TreeEntry(
            Text(entry, "path") ?? throw HubErrors.Nonsense(address, "a file of the tree has no path"),
            ETag.TryParse(Text(entry, "oid")) ?? throw HubErrors.Nonsense(address, "a file of the tree has no git hash"),
            Number(entry, "size") ?? throw HubErrors.Nonsense(address, "a file of the tree has no size"),
            isLfs ? ETag.TryParse(Text(lfs, "oid")) ?? throw HubErrors.Nonsense(address, "an LFS file of the tree has no SHA-256") : null,
            isLfs ? Number(lfs, "size") ?? throw HubErrors.Nonsense(address, "an LFS file of the tree has no size") : null,
            Text(entry, "xetHash") is string hash && TreeEntry.IsXetHash(hash) ? hash : null);
        return file.BlobId.IsSha256 || file.LfsSha256?.IsSha256 == false
            ? throw HubErrors.Nonsense(address, "a file of the tree has hashes of the wrong kinds")
            : file;
    }

    private static string? Text(JsonElement json, string name)
    {
        return json.ValueKind == JsonValueKind.Object
            && json.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
    }

    /// <summary>Reads an answer. Half of a surrogate pair is JSON, but no text, and no name.</summary>
    private static T Read<T>(ApiAnswer answer, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw HubErrors.Nonsense(answer.Address, "it sends a text that is not valid Unicode");
        }
    }

    private static long? Number(JsonElement json, string name)
        => json.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out long number)
            && number >= 0 ? number : null;
}

/// <summary>One page of a tree.</summary>
/// <param name="Files">Its files, in the Hub's order.</param>
/// <param name="Next">The page behind it; null when it is the last.</param>
/// <param name="Length">Bytes of the answer.</param>
internal sealed record TreePage(IReadOnlyList<TreeEntry> Files, Uri? Next, long Length);
