using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;
using HubCache.Transfer;

namespace HubCache.Resolving;

/// <summary>A request with all that it takes to find out what the cache knows of it.</summary>
/// <param name="Request">What is wanted.</param>
/// <param name="Disk">The file operations.</param>
/// <param name="CachePath">The cache that is written to.</param>
/// <param name="ReadOnlyCachePaths">The caches that are only read, and searched first.</param>
/// <param name="Observer">Hears decisions and warnings.</param>
internal record CacheInquiry(
    DownloadRequest Request, Disk Disk, string CachePath, IReadOnlyList<string> ReadOnlyCachePaths, IDownloadObserver Observer)
{
    /// <summary>Where the repo lies in the cache that is written to.</summary>
    public RepoPaths Folder { get; } = new(CachePath, Request.RepoType, Request.RepoId);

    /// <summary>Where the repo lies in the others.</summary>
    public IReadOnlyList<RepoPaths> ReadOnlyFolders { get; } =
        RepoPaths.ReadOnly(ReadOnlyCachePaths, CachePath, Request.RepoType, Request.RepoId);

    /// <summary>The commit, when it is given; null when the Hub, or the ref, has to say what it is.</summary>
    public CommitHash? Pinned => Request.Commit ?? Request.Revision.Commit;

    /// <summary>Answers from all these caches.</summary>
    public CacheLookup NewLookup() => new(Disk, Folder, ReadOnlyFolders);
}

/// <summary>A request with all that it takes to find out what it means, from the Hub too.</summary>
/// <param name="Request">What is wanted.</param>
/// <param name="Disk">The file operations.</param>
/// <param name="Options">Where the Hub and the caches are, and whether the Hub may be asked.</param>
/// <param name="Connection">Sends requests.</param>
/// <param name="Rules">How patient to be.</param>
/// <param name="Observer">Hears decisions and warnings.</param>
internal sealed record Inquiry(
    DownloadRequest Request, Disk Disk, HubOptions Options, HubConnection Connection, TransferRules Rules, IDownloadObserver Observer)
    : CacheInquiry(Request, Disk, Options.CachePath, Options.ReadOnlyCachePaths, Observer)
{
    // With an answer in the cache, an unreachable Hub is not waited for longer than this.
    private static readonly RetryLimits WithFallback =
        new(MaximumRetryCount: 2, TimeSpan.FromSeconds(5)) { LongestWait = TimeSpan.FromSeconds(5) };

    /// <summary>Asks the Hub, as often as patience allows.</summary>
    /// <param name="what">What is asked for, to be said with a retry.</param>
    /// <param name="hasFallback">Whether the cache has an answer too: then patience is short.</param>
    /// <param name="attempt">One request.</param>
    /// <param name="cancellationToken">Ends requests and pauses.</param>
    public async Task<T> AskAsync<T>(
        string what, bool hasFallback, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        T answer = default!;
        var wait = new AskedWait(what, Observer);
        try
        {
            await Rules.Retries.RunAsync(
                async (_, token) =>
                {
                    wait.End();
                    answer = await attempt(token).ConfigureAwait(false);
                },
                hasFallback
                    ? WithFallback with { MaximumRetryCount = Math.Min(Rules.Limits.MaximumRetryCount, WithFallback.MaximumRetryCount) }
                    : Rules.Limits,
                retry =>
                {
                    Observer.Note($"{what}: retry {retry.Number} of {retry.Of} in {retry.Pause.TotalSeconds:0.0} s: {retry.Reason}");
                    wait.Begin(retry);
                },
                cancellationToken).ConfigureAwait(false);
            return answer;
        }
        finally
        {
            wait.End();
        }
    }

    /// <summary>The error for what the cache does not hold while the Hub may not be asked.</summary>
    /// <param name="wanted">The name or the pattern; null for the snapshot.</param>
    public HubCacheException NotCachedOffline(string? wanted)
    {
        string what = wanted is null ? $"the repo '{Request.RepoId}'" : $"'{wanted}' of '{Request.RepoId}'";
        return new HubCacheException(
            HubErrorCode.OfflineNotCached,
            $"The cache does not hold {what} at '{Request.Revision}', and the Hub is not asked.",
            wanted ?? Request.RepoId.Value,
            "Go online (HF_HUB_OFFLINE, -Offline), or bring a filled cache and name it with -CachePath or HF_HUB_CACHE.");
    }
}
