using System.Diagnostics;
using System.Globalization;
using HubCache.Hub;

namespace HubCache.Transfer;

/// <summary>One connection: fetches a segment of the file after the other, and asks again for one that holds up the rest when it has nothing else to do.</summary>
internal sealed class SegmentFetcher(OrderedWindow window, IByteSource source, TransferRules rules, TransferBudget budget, FileProgress progress)
{
    // Handing on costs two switches of threads: not for every read, and yet so often that a slow connection's bytes are on the disk soon.
    private const int WorthHandingOn = BlockPool.BlockSize / 2;

    private static readonly TimeSpan LookAround = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestHeld = TimeSpan.FromMilliseconds(100);

    /// <summary>Works until the file is received or the connection is not wanted any more.</summary>
    /// <param name="segmentLength">Bytes to ask for at once.</param>
    /// <param name="mayLeave">Asked after each segment; true ends the connection.</param>
    /// <param name="stalls">Notices stalls, over all segments of the connection.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="TransientException">The connection broke or stalls; what is missing of its segment was given back.</exception>
    /// <exception cref="StartOverException">The bytes so far cannot be added to.</exception>
    public async Task RunAsync(Func<long> segmentLength, Func<bool> mayLeave, StallClock stalls, CancellationToken cancellationToken)
    {
        for (bool stays = true; stays && !window.IsReceived; stays = !mayLeave())
        {
            if (window.TryTake(segmentLength()) is Segment segment)
            {
                await FetchAsync(segment, stalls, cancellationToken).ConfigureAwait(false);
            }
            else if (window.SlowHead() is Segment slow)
            {
                await RescueAsync(slow, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await window.ChangeAsync(LookAround, cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task FetchAsync(Segment segment, StallClock stalls, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        long start = segment.Received;
        try
        {
            using SegmentFetch fetch = segment.Begin(isRescue: false, cancellationToken);
            await FillAsync(fetch, segment, stalls).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (segment.IsComplete && !cancellationToken.IsCancellationRequested)
        {
            // Another connection was faster.
            return;
        }
        finally
        {
            window.GiveBack(segment);
        }

        if (start == segment.Start)
        {
            window.Timed(segment, Stopwatch.GetElapsedTime(began));
        }
    }

    private async Task RescueAsync(Segment segment, CancellationToken cancellationToken)
    {
        using SegmentFetch fetch = segment.Begin(isRescue: true, cancellationToken);
        try
        {
            await FillAsync(fetch, segment, new StallClock(rules.Idle)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (segment.IsComplete && !cancellationToken.IsCancellationRequested)
        {
            // The first connection was faster after all.
        }
    }

    private async Task FillAsync(SegmentFetch fetch, Segment segment, StallClock stalls)
    {
        while (fetch.Position < fetch.End)
        {
            long asked = fetch.Position;
            long? count = fetch.End == window.End ? null : fetch.End - asked;
            using ByteAnswer answer = await stalls.TimeAsync(() => source.OpenAsync(asked, count, fetch.Token)).ConfigureAwait(false);
            if (answer.Start != asked)
            {
                throw new StartOverException(HubErrors.Nonsense(answer.Address, "it sends the whole file in place of the rest")) { IsWholeFile = true };
            }

            if (answer.End > fetch.End)
            {
                // The whole file, although a part was asked for: welcome, if nobody else works on the rest.
                window.Extend(segment);
            }

            using var body = new TimedBody(answer, rules.Idle, stalls);
            await CopyAsync(body, answer, fetch).ConfigureAwait(false);
        }
    }

    private async Task CopyAsync(TimedBody body, ByteAnswer answer, SegmentFetch fetch)
    {
        // The segment may be shortened meanwhile.
        long End() => Math.Min(answer.End, fetch.End);
        byte[]? block = null;
        int filled = 0;
        long handedOn = Stopwatch.GetTimestamp();
        try
        {
            while (fetch.Position + filled < End())
            {
                block ??= await fetch.RentAsync().ConfigureAwait(false);
                int wanted = (int)Math.Min(Math.Min(block.Length - filled, budget.Limit?.MostAtOnce ?? int.MaxValue), End() - fetch.Position - filled);
                int read = await body.ReadAsync(block.AsMemory(filled, wanted), fetch.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    throw HubErrors.NoAnswer(answer.Address, new IOException(string.Create(
                        CultureInfo.InvariantCulture, $"The connection ended {End() - fetch.Position - filled} bytes early.")));
                }

                filled += read;
                if (!answer.IsCounted)
                {
                    progress.Received(read);
                }

                // Full blocks when the writer is busy, smaller ones when it is idle.
                if (filled == block.Length || fetch.Position + filled == End()
                    || (fetch.IsWaitedFor && (filled >= WorthHandingOn || Stopwatch.GetElapsedTime(handedOn) >= LongestHeld)))
                {
                    (byte[] full, int length) = (block, filled);
                    (block, filled, handedOn) = (null, 0, Stopwatch.GetTimestamp());
                    window.Count(fetch.Deliver(full, length));
                }

                if (budget.Limit is RateLimit limit && !answer.IsCounted)
                {
                    await limit.PayAsync(read, fetch.Token).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            if (block is not null)
            {
                window.Count(fetch.Deliver(block, filled));
            }
        }

        if (!answer.IsLengthDeclared && answer.End == fetch.Position && await body.ReadAsync(new byte[1], fetch.Token).ConfigureAwait(false) > 0)
        {
            throw new StartOverException(HubErrors.Nonsense(answer.Address, "it sends more bytes than the file has")) { IsTooLong = true };
        }
    }
}
