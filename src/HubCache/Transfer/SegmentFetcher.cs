using System.Globalization;
using HubCache.Hub;
using HubCache.Hub.Network;

namespace HubCache.Transfer;

/// <summary>Brings the bytes of segments: one answer after the other until a segment is whole.</summary>
internal sealed class SegmentFetcher(
    OrderedWindow window, IByteSource source, TransferRules rules, TransferBudget budget, FileProgress progress)
{
    // Handing on costs two switches of threads: not for every read, and yet so often that a slow connection's bytes are on the disk soon.
    private const int WorthHandingOn = BlockPool.BlockSize / 2;

    private static readonly TimeSpan LongestHeld = TimeSpan.FromMilliseconds(100);

    // Storage may take it for a dead client when nobody reads for long.
    private static readonly TimeSpan LongestUnread = TimeSpan.FromSeconds(5);

    /// <summary>Fetches what is missing of a segment; what was received stays, whatever happens here.</summary>
    /// <param name="fetch">Disposed by the caller.</param>
    /// <param name="mayGoOnFor">How many bytes that nobody was asked for an answer may take over when it brings more than its
    /// segment.</param>
    /// <param name="stalls">Notices stalls, over all segments of a connection.</param>
    /// <exception cref="TransientException">The connection broke or stalls.</exception>
    /// <exception cref="StartOverException">The bytes so far cannot be added to.</exception>
    /// <exception cref="UnreadException">There was no memory for too long.</exception>
    /// <exception cref="OperationCanceledException">Another connection was faster, or all is over.</exception>
    public async Task FillAsync(SegmentFetch fetch, Func<long> mayGoOnFor, StallClock stalls)
    {
        while (fetch.Position < fetch.Segment.End)
        {
            long asked = fetch.Position;
            long? count = fetch.Segment.End == window.End ? null : fetch.Segment.End - asked;
            long began = window.Clock.GetTimestamp();
            using ByteAnswer answer = await stalls.TimeAsync(() => source.OpenAsync(asked, count, fetch.Token)).ConfigureAwait(false);
            if (answer.Start != asked)
            {
                throw new StartOverException(
                    HubErrors.Nonsense(answer.Address, "it sends the whole file in place of the rest"))
                { IsWholeFile = true };
            }

            if (count is not null && answer.End > asked + count)
            {
                // The whole file, although a part was asked for: welcome, if nobody else works on the rest.
                window.Extend(fetch);
            }

            TimeSpan opening = window.Clock.GetElapsedTime(began);
            fetch.Detour = opening > source.RoundTrip ? opening - source.RoundTrip : TimeSpan.Zero;
            using var body = new TimedBody(answer, rules.Idle, rules.FirstByte - opening, stalls, window.Clock);
            await CopyAsync(body, answer, fetch, mayGoOnFor).ConfigureAwait(false);
        }
    }

    private async Task CopyAsync(TimedBody body, ByteAnswer answer, SegmentFetch fetch, Func<long> mayGoOnFor)
    {
        byte[]? block = null;
        int filled = 0;
        long handedOn = window.Clock.GetTimestamp();
        try
        {
            while (fetch.Position + filled < End())
            {
                block ??= await fetch.RentAsync(LongestUnread).ConfigureAwait(false);
                int wanted = (int)Math.Min(
                    Math.Min(block.Length - filled, budget.Limit?.MostAtOnce ?? int.MaxValue),
                    Math.Min(End(), window.ReadLimit) - fetch.Position - filled);
                int read = wanted == 0 ? 0 : await body.ReadAsync(block.AsMemory(filled, wanted), fetch.Token).ConfigureAwait(false);
                if (read == 0 && wanted > 0)
                {
                    throw NetworkErrors.NoAnswer(answer.Address, new IOException(string.Create(
                        CultureInfo.InvariantCulture, $"The connection ended {End() - fetch.Position - filled} bytes early.")));
                }

                fetch.FirstByteCame();
                filled += read;
                if (!answer.IsCounted)
                {
                    progress.Received(read);
                }

                if (IsWorthHandingOn())
                {
                    (byte[] full, int length) = (block, filled);
                    (block, filled, handedOn) = (null, 0, window.Clock.GetTimestamp());
                    fetch.Deliver(full, length);
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
                fetch.Deliver(block, filled);
            }
        }

        if (!answer.IsLengthDeclared
            && answer.End == fetch.Position
            && await body.ReadAsync(new byte[1], fetch.Token).ConfigureAwait(false) > 0)
        {
            throw new StartOverException(HubErrors.Nonsense(answer.Address, "it sends more bytes than the file has")) { IsTooLong = true };
        }

        // The segment may be shortened meanwhile. At its end the answer may have more, and nobody may have begun with that yet.
        long End()
        {
            long end = fetch.Segment.End;
            if (fetch.Position + filled == end && answer.End > end && window.TryGoOn(fetch, answer.End, mayGoOnFor()))
            {
                end = fetch.Segment.End;
            }

            return Math.Min(answer.End, end);
        }

        // Full blocks when the writer is busy, smaller ones when it is idle.
        bool IsWorthHandingOn() => filled == block!.Length || fetch.Position + filled == Math.Min(End(), window.ReadLimit)
            || (!fetch.IsRescue
                && fetch.Segment.IsWaitedFor
                && (filled >= WorthHandingOn || window.Clock.GetElapsedTime(handedOn) >= LongestHeld));
    }
}
