using HubCache.Download;
using HubCache.Hub;
using HubCache.Maintenance.Repairing;
using HubCache.Platform;
using HubCache.Store;
using HubCache.Transfer;
using HubCache.Xet;

namespace HubCache;

/// <summary>
/// Downloads files from the Hub into the cache: resolve → cached? → lead or wait → transfer → verify → publish → link → ref → lay out.
/// </summary>
public sealed class HubDownloader : IHubFiles, IDisposable
{
    private readonly HubConnection _connection;
    private readonly DownloadContext _means;
    private readonly TransferBudget? _ownBudget;

    /// <summary>Makes a downloader; it connects only when something is asked of it.</summary>
    /// <param name="options">Where the Hub and the cache are, and how patient to be.</param>
    /// <param name="retries">Runs attempts again.</param>
    /// <param name="budget">Shared with other downloaders of the same call; null for one of its own.</param>
    /// <param name="codecs">Gives what reading Xet needs, once, when it is needed; null to fetch everything by plain HTTP.</param>
    public HubDownloader(HubOptions options, IRetryPolicy retries, TransferBudget? budget = null, Func<IXetCodecs>? codecs = null)
        : this(options, retries, Disk.OfThisSystem, budget, codecs)
    {
    }

    internal HubDownloader(
        HubOptions options,
        IRetryPolicy retries,
        Disk disk,
        TransferBudget? budget = null,
        Func<IXetCodecs>? codecs = null,
        Boundary? boundary = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        disk = disk.Within(boundary ?? CacheBoundary.ForSaving(options.CachePath));
        _connection = new HubConnection(options);
        var rules = new TransferRules(
            retries,
            RetryLimits.For(options.MaximumRetryCount) with { LongestWait = options.LongestWait },
            options.OperationTimeout,
            options.FirstByteTimeout);
        _ownBudget = budget is null ? new TransferBudget(options) : null;
        XetContext? xet = codecs is null ? null : new XetContext(_connection, options.ConnectionTimeout, options.OperationTimeout, codecs);
        _means = new DownloadContext(options, disk, _connection, rules, xet, budget ?? _ownBudget!);
    }

    /// <summary>
    /// Brings the files of a request into the cache, side by side. Until this downloader is disposed, removals of HubCache leave alone what
    /// it brought; what it only found, for a second. One outcome per file and one for each name or pattern that there is none for, in the
    /// request's order.
    /// </summary>
    /// <param name="request">The files.</param>
    /// <param name="observer">Hears decisions, warnings and progress.</param>
    /// <param name="cancellationToken">Stops everything; temps are removed before the call returns.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: the destination cannot be one; nothing was
    /// written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the clean-up is done when it is thrown.</exception>
    public async Task<IReadOnlyList<DownloadOutcome>> DownloadAsync(
        DownloadRequest request, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(observer);
        using var run = new DownloadRun(_means, request, observer);
        run.CheckDestination();
        await run.ClaimKnownAsync(cancellationToken).ConfigureAwait(false);
        await run.ResolveAsync(remember: true, cancellationToken).ConfigureAwait(false);
        run.CheckPlaces();
        run.CheckNames(mayWrite: true);
        run.TellHits();
        run.CheckRoom();
        await run.ClaimAsync(cancellationToken).ConfigureAwait(false);
        run.KeepTree();
        await run.BringAsync(cancellationToken).ConfigureAwait(false);
        await run.SecureAsync(cancellationToken).ConfigureAwait(false);
        run.CheckLock(cancellationToken);
        await run.MoveRefAsync(cancellationToken).ConfigureAwait(false);
        await run.ClaimLateAsync(cancellationToken).ConfigureAwait(false);
        await run.LayOutAsync(cancellationToken).ConfigureAwait(false);
        run.TidyUp();
        return run.Outcomes();
    }

    /// <summary>Says what <see cref="DownloadAsync"/> would do, and writes nothing. Outcomes as there.</summary>
    /// <param name="request">The files.</param>
    /// <param name="observer">Hears decisions and warnings.</param>
    /// <param name="cancellationToken">Ends the requests to the Hub.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: the destination cannot be one.</exception>
    public async Task<IReadOnlyList<FindOutcome>> PlanAsync(
        DownloadRequest request, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        using DownloadRun run = await ResolveAsync(request, observer, cancellationToken).ConfigureAwait(false);
        run.CheckNames(mayWrite: false);
        return run.Findings(isListing: false);
    }

    /// <summary>
    /// Says what the repo has, and how much of it the cache has; writes nothing. A file that cannot be downloaded now is not an error.
    /// Outcomes as for <see cref="DownloadAsync"/>.
    /// </summary>
    /// <param name="request">The files.</param>
    /// <param name="observer">Hears decisions and warnings.</param>
    /// <param name="cancellationToken">Ends the requests to the Hub.</param>
    public async Task<IReadOnlyList<FindOutcome>> FindAsync(
        DownloadRequest request, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        using DownloadRun run = await ResolveAsync(request, observer, cancellationToken).ConfigureAwait(false);
        return run.Findings(isListing: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        _means.Dispose();
        _ownBudget?.Dispose();
    }

    private async Task<DownloadRun> ResolveAsync(DownloadRequest request, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(observer);
        var run = new DownloadRun(_means, request, observer);
        run.CheckDestination();
        await run.ResolveAsync(remember: false, cancellationToken).ConfigureAwait(false);
        return run;
    }
}
