using HubCache.Hub;

namespace HubCache.Resolving;

/// <summary>
/// Finds out from the tree of a commit which files a request means and which blobs they are: one request for the commit, one for each page
/// of a tree that is new.
/// </summary>
internal sealed class TreeResolver(Inquiry inquiry, TreeFinder hub)
{
    private readonly DownloadRequest _request = inquiry.Request;
    private readonly CacheAnswers _cache = new(inquiry);
    private readonly TreeAnswers _trees = new(inquiry);

    /// <summary>Resolves the request.</summary>
    /// <param name="cancellationToken">Ends the requests to the Hub.</param>
    /// <returns>Null when the Hub lists no trees, and has to be asked file by file.</returns>
    public async Task<Resolution?> ResolveAsync(CancellationToken cancellationToken)
    {
        if (inquiry.Options.Offline)
        {
            return new CacheResolver(inquiry, "Offline", inquiry.NotCachedOffline(null), inquiry.NotCachedOffline).Resolve();
        }

        try
        {
            bool hasFallback = !_request.Force && _cache.HasSnapshot;
            CommitHash? commit = inquiry.Pinned ?? await hub.FindCommitAsync(hasFallback, cancellationToken).ConfigureAwait(false);
            if (commit is null)
            {
                return null;
            }

            if (!_request.Force && _trees.ReadOrNothing(commit) is RepoTree old)
            {
                return ResolveFrom(old);
            }

            return await hub.FindTreeAsync(commit, hasFallback, cancellationToken).ConfigureAwait(false) is RepoTree tree
                ? ResolveFrom(tree) with { NewTree = tree }
                : null;
        }
        catch (HubCacheException e) when (Outage.IsOne(e) && !_request.Force)
        {
            return new CacheResolver(inquiry, e.Message.TrimEnd('.'), e, wanted => NotCached(wanted, e)).Resolve();
        }
        catch (HubCacheException e)
        {
            return Resolution.Refused(_request, e);
        }
    }

    /// <summary>Resolves the request by a tree that is at hand.</summary>
    public Resolution ResolveFrom(RepoTree tree)
    {
        return new Resolution(_trees.For(
            tree,
            (file, metadata) =>
            {
                file.Metadata = metadata;
                file.Hit = _request.Force ? null : _cache.Find(metadata, file.Name);
            },
            selector => SelectionErrors.NotFound(_request, selector)));
    }

    private HubCacheException NotCached(string wanted, HubCacheException cause)
    {
        return new HubCacheException(
            cause.Code,
            $"The cache does not hold '{wanted}' of '{_request.RepoId}' at '{_request.Revision}': {cause.Message}",
            wanted,
            cause.Advice,
            cause);
    }
}
