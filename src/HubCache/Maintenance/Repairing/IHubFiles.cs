namespace HubCache.Maintenance.Repairing;

/// <summary>
/// Downloads what a repair needs into the cache that is repaired. The downloader is above this room, so a repair is given it.
/// </summary>
internal interface IHubFiles
{
    /// <summary>Downloads files.</summary>
    /// <exception cref="HubCacheException">The request cannot be answered at all; what went wrong with one file is in its
    /// outcome.</exception>
    Task<IReadOnlyList<DownloadOutcome>> DownloadAsync(
        DownloadRequest request, IDownloadObserver observer, CancellationToken cancellationToken);

    /// <summary>Says what a download would do.</summary>
    /// <exception cref="HubCacheException">The request cannot be answered at all.</exception>
    Task<IReadOnlyList<FindOutcome>> FindAsync(DownloadRequest request, IDownloadObserver observer, CancellationToken cancellationToken);
}
