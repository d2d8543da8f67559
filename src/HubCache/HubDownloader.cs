namespace HubCache;

/// <summary>Brings files from the Hub into the cache.</summary>
public sealed class HubDownloader : IDisposable
{
    /// <summary>Makes a downloader; it connects only when something is asked of it.</summary>
    public HubDownloader(HubOptions options, IRetryPolicy retries) => throw new NotImplementedException();

    /// <summary>Brings the files of a request into the cache, side by side. One outcome per file, in the request's order.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the clean-up is done when it is thrown.</exception>
    public Task<IReadOnlyList<DownloadOutcome>> DownloadAsync(DownloadRequest request, IDownloadObserver observer, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Says what <see cref="DownloadAsync"/> would do, and writes nothing. One plan per file, in the request's order.</summary>
    public Task<IReadOnlyList<PlannedFile>> PlanAsync(DownloadRequest request, IDownloadObserver observer, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
