using System.Diagnostics;
using System.Globalization;
using HubCache.Hub;
using HubCache.Hub.Network;

namespace HubCache.Transfer;

/// <summary>One connection: fetches a piece of the file after the other, and asks again for one that holds up the rest when it has nothing else to do.</summary>
internal sealed class Lane(OrderedWindow window, IByteSource source, TransferRules rules, TransferBudget budget, FileProgress progress)
{
    // Handing on costs two switches of threads: not for every read, and yet so often that a slow connection's bytes are on the disk soon.
    private const int WorthHandingOn = BlockPool.BlockSize / 2;

    private static readonly TimeSpan LookAround = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestHeld = TimeSpan.FromMilliseconds(100);

    /// <summary>Works until the file is received or the lane is not wanted any more.</summary>
    /// <param name="pieceLength">Bytes to ask for at once.</param>
    /// <param name="mayLeave">Asked after each piece; true ends the lane.</param>
    /// <param name="pace">Notices stalls, over all pieces of the lane.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="TransientException">The connection broke or stalls; what is missing of its piece was given back.</exception>
    /// <exception cref="StartOverException">The bytes so far cannot be added to.</exception>
    public async Task RunAsync(Func<long> pieceLength, Func<bool> mayLeave, Pace pace, CancellationToken cancellationToken)
    {
        for (bool stays = true; stays && !window.IsReceived; stays = !mayLeave())
        {
            if (window.TryTake(pieceLength()) is Piece piece)
            {
                await FetchAsync(piece, pace, cancellationToken).ConfigureAwait(false);
            }
            else if (window.SlowHead() is Piece slow)
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

    private async Task FetchAsync(Piece piece, Pace pace, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        long start = piece.Received;
        try
        {
            using PieceFetch fetch = piece.Begin(isRescue: false, cancellationToken);
            await FillAsync(fetch, piece, pace).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (piece.IsComplete && !cancellationToken.IsCancellationRequested)
        {
            // Another connection was faster.
            return;
        }
        finally
        {
            window.GiveBack(piece);
        }

        if (start == piece.Start)
        {
            window.Timed(piece, Stopwatch.GetElapsedTime(began));
        }
    }

    private async Task RescueAsync(Piece piece, CancellationToken cancellationToken)
    {
        using PieceFetch fetch = piece.Begin(isRescue: true, cancellationToken);
        try
        {
            await FillAsync(fetch, piece, new Pace(rules.Idle)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (piece.IsComplete && !cancellationToken.IsCancellationRequested)
        {
            // The first connection was faster after all.
        }
    }

    private async Task FillAsync(PieceFetch fetch, Piece piece, Pace pace)
    {
        while (fetch.Position < fetch.End)
        {
            long asked = fetch.Position;
            long? count = fetch.End == window.End ? null : fetch.End - asked;
            using ByteAnswer answer = await pace.TimeAsync(() => source.OpenAsync(asked, count, fetch.Token)).ConfigureAwait(false);
            if (answer.Start != asked)
            {
                throw new StartOverException(HubErrors.Nonsense(answer.Address, "it sends the whole file in place of the rest")) { IsWholeFile = true };
            }

            if (answer.End > fetch.End)
            {
                // The whole file, although a part was asked for: welcome, if nobody else works on the rest.
                window.Extend(piece);
            }

            using var body = new PacedBody(answer, rules.Idle, pace);
            await CopyAsync(body, answer, fetch).ConfigureAwait(false);
        }
    }

    private async Task CopyAsync(PacedBody body, ByteAnswer answer, PieceFetch fetch)
    {
        // The piece may be shortened meanwhile.
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
                    throw NetworkErrors.NoAnswer(answer.Address, new IOException(string.Create(
                        CultureInfo.InvariantCulture, $"The connection ended {End() - fetch.Position - filled} bytes early.")));
                }

                filled += read;
                progress.Received(read);

                // Full blocks when the writer is busy, smaller ones when it is idle.
                if (filled == block.Length || fetch.Position + filled == End()
                    || (fetch.IsWaitedFor && (filled >= WorthHandingOn || Stopwatch.GetElapsedTime(handedOn) >= LongestHeld)))
                {
                    (byte[] full, int length) = (block, filled);
                    (block, filled, handedOn) = (null, 0, Stopwatch.GetTimestamp());
                    window.Count(fetch.Deliver(full, length));
                }

                if (budget.Limit is RateLimit limit)
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
