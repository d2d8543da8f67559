using HubCache.Blobs;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Transfer;

/// <summary>
/// One temp on its way from its first bytes to its last: the window that receives, and the writer that hashes and appends behind it, in
/// order.
/// </summary>
internal sealed class BlobFilling : IDisposable
{
    private const int PrefixBlock = 1 << 20;
    private const long LeastAhead = 8 << 20;
    private const long MostAhead = 64 << 20;

    private readonly BlobTarget _target;
    private readonly Temp _temp;
    private readonly LeadContest? _contest;
    private readonly CancellationTokenSource _stop;
    private readonly TimeProvider _clock;
    private readonly Task _settling;
    private readonly Task _writer;
    private bool _isAbandoned;

    /// <summary>Begins with what the temp holds.</summary>
    /// <param name="target">What is to come of it.</param>
    /// <param name="temp">Empty, or a prefix of the blob, which is hashed beside the first requests.</param>
    /// <param name="contest">Asked at some lengths whether to go on; null where there is none.</param>
    /// <param name="budget">The memory, and the clock.</param>
    /// <param name="stop">Ends it; cancelled here when the writer fails, or the lead is lost.</param>
    public BlobFilling(BlobTarget target, Temp temp, LeadContest? contest, TransferBudget budget, CancellationTokenSource stop)
    {
        (_target, _temp, _contest, _stop, _clock) = (target, temp, contest, stop, budget.Clock);
        Writer = new BlobWriter(temp, target.ETag, target.Length);
        Window = new OrderedWindow(
            temp.Length, target.Length, Math.Clamp(target.Length / 4, LeastAhead, MostAhead), budget.Memory, budget.Clock);
        bool isContested = contest is not null && temp.Length == 0;
        if (isContested)
        {
            // All is asked for, and nothing read, until the contest has settled: what comes meanwhile lies in the socket.
            Window.Limit(0);
        }

        _settling = isContested ? SettleAsync() : Task.CompletedTask;
        _writer = Task.Run(WriteAsync, CancellationToken.None);
    }

    /// <summary>Ends when something may be asked for: at once, unless another process was first and is likely to lead.</summary>
    /// <exception cref="OutrankedException">Somebody else leads.</exception>
    public Task MayAskAsync() => _contest?.IsBehind() == true ? _settling : Task.CompletedTask;

    /// <summary>The temp with the hash of what is in it, and the way to the blob's name once both are whole.</summary>
    public BlobWriter Writer { get; }

    /// <summary>What is received, and what is missing.</summary>
    public OrderedWindow Window { get; }

    /// <summary>Writes what was received without a gap, and ends.</summary>
    /// <exception cref="OutrankedException">Somebody else leads.</exception>
    /// <exception cref="DiskException">The disk failed.</exception>
    public async Task EndAsync()
    {
        Window.Close();
        try
        {
            await _writer.ConfigureAwait(false);
            await _settling.ConfigureAwait(false);
        }
        finally
        {
            await _settling.ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
            Window.Clear();
        }
    }

    /// <summary>Ends without writing more.</summary>
    public async Task AbandonAsync()
    {
        _isAbandoned = true;
        await EndAsync().ConfigureAwait(false);
    }

    public void Dispose() => Writer.Dispose();

    /// <summary>
    /// Settles the contest while the first request is on its way: a loser ends it, before the answer where that takes long.
    /// </summary>
    private async Task SettleAsync()
    {
        try
        {
            await _contest!.PassAsync(_stop.Token).ConfigureAwait(false);

            // Only now: room that every contender reserved would not be enough for the one who leads.
            _temp.Reserve(_target.Length);
            Window.Limit(_target.Length);
        }
        catch
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            HashPrefix();
            while (await Window.HeadAsync().ConfigureAwait(false) is Segment segment)
            {
                await foreach (Block block in segment.Blocks.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                {
                    if (!_isAbandoned)
                    {
                        await AppendAsync(block.Content).ConfigureAwait(false);
                    }

                    Window.Consumed(segment, block);
                }

                if (!segment.IsComplete)
                {
                    // Closed before the gap was filled.
                    return;
                }

                Window.Retire();
            }
        }
        catch
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void HashPrefix()
    {
        byte[] buffer = new byte[Math.Min(PrefixBlock, _temp.Length)];
        while (!_isAbandoned && !_stop.IsCancellationRequested && Writer.HashNext(buffer) > 0)
        {
            _temp.TouchIfDue();
        }

        _target.Progress.Reached(_temp.Length);
    }

    private async Task AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _settling.ConfigureAwait(false);
        while (bytes.Length > 0)
        {
            long stop = NextStop();
            int length = (int)Math.Min(bytes.Length, stop - _temp.Length);
            long began = _clock.GetTimestamp();
            Writer.Append(bytes.Span[..length]);
            Window.CountWork(_clock.GetElapsedTime(began));
            _target.Progress.Reached(_temp.Length);
            bytes = bytes[length..];
            if (_temp.Length == stop && stop < _target.Length)
            {
                await _contest!.PassAsync(_stop.Token).ConfigureAwait(false);
            }
        }
    }

    private long NextStop() => _contest is null ? long.MaxValue : LeadContest.NextStop(_temp.Length);
}
