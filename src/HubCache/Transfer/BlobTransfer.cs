using System.Globalization;
using HubCache.Blobs;
using HubCache.Ownership;

namespace HubCache.Transfer;

/// <summary>
/// Fills a temp with the bytes of one blob, through resets, stalls and servers that change their mind, and checks the hash.
/// </summary>
internal sealed class BlobTransfer : IDisposable
{
    // A reset after this much progress is no reason to lose patience.
    private const long RefillAfter = 1 << 20;

    // A server that now and then sends the whole file is begun anew for free so often; then it is a fault like any other.
    private const int MostFreeStarts = 2;

    private static readonly TimeSpan SlowWindow = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortestSlowWindow = TimeSpan.FromSeconds(10);

    private readonly BlobTarget _target;
    private readonly IByteSource _source;
    private readonly TransferRules _rules;
    private readonly TransferBudget _budget;
    private readonly IDownloadObserver _observer;
    private readonly FileConnections _connections;
    private BlobFilling? _filling;
    private LeadContest? _contest;
    private long _highWater;
    private int _freeStarts;
    private bool _wasTooLong;
    private bool _isKept;

    /// <summary>Prepares a transfer; its temp is made at once, for others to see.</summary>
    public BlobTransfer(BlobTarget target, IByteSource source, TransferRules rules, TransferBudget budget, IDownloadObserver observer)
    {
        (_target, Temp, _source, _rules, _budget, _observer) = (target, target.NewTemp(), source, rules, budget, observer);
        _connections = new FileConnections(source, rules, budget, target.Progress, observer.Note);
    }

    /// <summary>The path in the repo.</summary>
    public string Name => _target.Progress.Name;

    /// <summary>The temp that is being filled; another one after starting over.</summary>
    public Temp Temp { get; private set; }

    /// <summary>The blob that was fetched, once <see cref="RunAsync"/> has ended well.</summary>
    public BlobWriter Writer => _filling!.Writer;

    /// <summary>Whether bytes that were on the disk before have become part of the blob.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>The most connections that it had at once.</summary>
    public int MostConnections => _connections.MostOpen;

    /// <summary>Goes on from the bytes of another temp in place of the empty one.</summary>
    public void Resume(Temp prefix)
    {
        Temp.Dispose();
        (Temp, IsResumed) = (prefix, true);
    }

    /// <summary>Leaves the temp to the next download when this one ends without success, if it is worth it.</summary>
    public void Keep() => _isKept = Temp.Length >= TransferBudget.LargeFile;

    /// <summary>Fetches until all bytes are in the temp and have the right hash.</summary>
    /// <param name="contest">Asked on the way whether to go on; null where there is none.</param>
    /// <param name="cancellationToken">Ends it; the temp stays the caller's to dispose.</param>
    /// <exception cref="HubCacheException">Patience is over, or <see cref="HubErrorCode.HashMismatch"/> after another download from
    /// nothing.</exception>
    /// <exception cref="OutrankedException">Somebody else leads.</exception>
    /// <exception cref="Platform.DiskException">The disk failed.</exception>
    public async Task RunAsync(LeadContest? contest, CancellationToken cancellationToken)
    {
        _contest = contest;
        _highWater = Temp.Length;
        if (await FillAsync(cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        _observer.Note($"{Name}: the bytes do not have the hash {_target.ETag}; they are fetched once more, from nothing.");
        _source.Forget();
        StartOver();

        // The second download gets on from nothing: measured against the first, no reset of it would count as progress.
        _highWater = 0;
        if (!await FillAsync(cancellationToken).ConfigureAwait(false))
        {
            throw new HubCacheException(
                HubErrorCode.HashMismatch,
                $"The bytes of '{Name}' do not have the hash that they are named by, {_target.ETag}, in two whole downloads.",
                Name,
                "Nothing was published. Check whether a proxy changes downloads, and try again later or from another network.");
        }
    }

    public void Dispose()
    {
        if (_isKept)
        {
            Temp.SetFree(_target.ETag);
        }

        Temp.Dispose();
        _filling?.Dispose();
    }

    /// <summary>Fetches what the temp is missing.</summary>
    /// <returns>Whether the whole has the right hash.</returns>
    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _filling = Begin(stop);
        try
        {
            await _filling.MayAskAsync().ConfigureAwait(false);
            while (!_filling.Window.IsReceived)
            {
                long mark = _highWater;
                await _rules.Retries.RunAsync(
                    async (patience, _) =>
                    {
                        _target.Progress.GoOn();
                        try
                        {
                            await AttemptAsync(patience, stop).ConfigureAwait(false);
                        }
                        catch (TransientException e) when (_highWater - mark >= RefillAfter && e.Pause is null)
                        {
                            _observer.Note(string.Create(
                                CultureInfo.InvariantCulture, $"{Name}: goes on at byte {_filling.Window.Received} after: {e.Message}"));
                        }
                    },
                    mark == 0 ? _rules.FirstLimits : _rules.Limits,
                    Tell,
                    stop.Token,
                    () => Temp.Touch()).ConfigureAwait(false);
            }
        }
        finally
        {
            // What the writer has to say comes first: when it fails, nothing else goes on.
            await _filling.EndAsync().ConfigureAwait(false);
        }

        return _filling.Writer.IsRight;
    }

    private void Tell(RetryNotice retry)
    {
        _observer.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{Name}: retry {retry.Number} of {retry.Of} in {retry.Pause.TotalSeconds:0.0} s, from byte {_filling!.Window.Received}: "
                + $"{retry.Reason}"));
        if (retry.IsAsked)
        {
            _target.Progress.WaitFor(retry.Pause);
        }
    }

    private async Task AttemptAsync(TimeSpan patience, CancellationTokenSource stop)
    {
        while (true)
        {
            try
            {
                TimeSpan slowWindow = patience < ShortestSlowWindow ? ShortestSlowWindow : patience < SlowWindow ? patience : SlowWindow;
                await _connections.RunAsync(_filling!.Window, slowWindow, stop.Token).ConfigureAwait(false);
                return;
            }
            catch (StartOverException e)
            {
                _highWater = Math.Max(_highWater, _filling!.Window.Received);
                await _filling.AbandonAsync().ConfigureAwait(false);
                StartOver();
                _filling = Begin(stop);
                if (e.IsWholeFile)
                {
                    _filling.Window.AskForWhole();
                }

                if (e.IsTooLong)
                {
                    if (_wasTooLong)
                    {
                        throw e.Cause;
                    }

                    _wasTooLong = true;
                }

                if (!e.IsWholeFile || _freeStarts++ >= MostFreeStarts)
                {
                    throw new TransientException(e.Cause);
                }

                _observer.Note($"{Name}: the server sends the whole file in place of the rest; it is started over.");
            }
            finally
            {
                _highWater = Math.Max(_highWater, _filling!.Window.Received);
            }
        }
    }

    private BlobFilling Begin(CancellationTokenSource stop)
    {
        _filling?.Dispose();
        return new BlobFilling(_target, Temp, _contest, _budget, stop);
    }

    /// <summary>A temp is never rewritten: starting over is a new one.</summary>
    private void StartOver()
    {
        (_contest, IsResumed) = (null, false);
        Temp.Dispose();
        Temp = _target.NewTemp();
        Temp.Reserve(_target.Length);
        _target.Progress.Reached(0);
    }
}
