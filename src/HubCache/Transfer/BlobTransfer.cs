using System.Globalization;
using System.Threading.Channels;
using HubCache.Cache;
using HubCache.Hub;

namespace HubCache.Transfer;

/// <summary>Fills a temp with the bytes of one blob, through resets, stalls and servers that change their mind, and checks the hash.</summary>
internal sealed class BlobTransfer(BlobTarget target, IByteSource source, TransferRules rules, IDownloadObserver observer) : IDisposable
{
    // A reset after this much progress is no reason to lose patience.
    private const long RefillAfter = 1 << 20;
    private const int BlockSize = 512 << 10;
    private const int BlocksInFlight = 8;
    private static readonly TimeSpan SlowWindow = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortestSlowWindow = TimeSpan.FromSeconds(10);

    private readonly Channel<byte[]> _free = Channel.CreateUnbounded<byte[]>();
    private int _blocks;
    private BlobHash _hash = new(target.ETag, target.Length);
    private long _highWater;
    private LeadContest? _contest;
    private bool _wasTooLong;

    /// <summary>The temp that is being filled; another one after starting over.</summary>
    public Temp Temp { get; private set; } = target.NewTemp();

    /// <summary>Fetches until all bytes are in the temp and have the right hash.</summary>
    /// <param name="contest">Asked on the way whether to go on; null where there is none.</param>
    /// <param name="cancellationToken">Ends it; the temp stays the caller's to dispose.</param>
    /// <exception cref="HubCacheException">Patience is over, or <see cref="HubErrorCode.HashMismatch"/> after two whole downloads.</exception>
    /// <exception cref="OutrankedException">Somebody else leads.</exception>
    /// <exception cref="Platform.DiskException">The disk failed.</exception>
    public async Task RunAsync(LeadContest? contest, CancellationToken cancellationToken)
    {
        _contest = contest;
        await FillAsync(cancellationToken).ConfigureAwait(false);
        if (_hash.Matches())
        {
            return;
        }

        observer.Note($"{target.Progress.Name}: the bytes do not have the hash {target.ETag}; they are fetched once more, from nothing.");
        source.Forget();
        StartOver();

        // The second download gets on from nothing: measured against the first, no reset of it would count as progress.
        _highWater = 0;
        await FillAsync(cancellationToken).ConfigureAwait(false);
        if (!_hash.Matches())
        {
            throw new HubCacheException(
                HubErrorCode.HashMismatch,
                $"The bytes of '{target.Progress.Name}' do not have the hash that they are named by, {target.ETag}, in two whole downloads.",
                target.Progress.Name,
                "Nothing was published. Check whether a proxy changes downloads, and try again later or from another network.");
        }
    }

    public void Dispose()
    {
        Temp.Dispose();
        _hash.Dispose();
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        while (Temp.Length < target.Length)
        {
            long mark = _highWater;
            await rules.Retries.RunAsync(
                async (patience, token) =>
                {
                    try
                    {
                        await AttemptAsync(patience, token).ConfigureAwait(false);
                    }
                    catch (TransientException e) when (_highWater - mark >= RefillAfter)
                    {
                        observer.Note(string.Create(CultureInfo.InvariantCulture, $"{target.Progress.Name}: goes on at byte {Temp.Length} after: {e.Message}"));
                    }
                },
                mark == 0 ? rules.FirstLimits : rules.Limits,
                retry => observer.Note(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{target.Progress.Name}: retry {retry.Number} of {retry.Of} in {retry.Pause.TotalSeconds:0.0} s, from byte {Temp.Length}: {retry.Reason}")),
                cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AttemptAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var pace = new Pace(patience < ShortestSlowWindow ? ShortestSlowWindow : patience < SlowWindow ? patience : SlowWindow);
        try
        {
            while (Temp.Length < target.Length)
            {
                long? count = _contest is not null && Temp.Length < LeadContest.OpeningLength ? LeadContest.OpeningLength - Temp.Length : null;
                using ByteAnswer answer = await pace.TimeAsync(() => source.OpenAsync(Temp.Length, count, cancellationToken)).ConfigureAwait(false);
                if (answer.Start != Temp.Length)
                {
                    observer.Note($"{target.Progress.Name}: the server sends the whole file in place of the rest; it is started over.");
                    StartOver();
                }

                await TakeAsync(answer, pace, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (StartOverException e)
        {
            StartOver();
            throw new TransientException(e.Cause);
        }
    }

    /// <summary>Takes all bytes of an answer, with a stop wherever the contest wants to be asked.</summary>
    private async Task TakeAsync(ByteAnswer answer, Pace pace, CancellationToken cancellationToken)
    {
        using var body = new PacedBody(answer, rules.Idle, pace);
        while (Temp.Length < answer.End)
        {
            long stop = _contest is null ? long.MaxValue : LeadContest.NextStop(Temp.Length);
            await CopyAsync(body, answer, Math.Min(answer.End, stop), cancellationToken).ConfigureAwait(false);
            if (_contest is not null && Temp.Length == stop && stop < target.Length)
            {
                await _contest.PassAsync(cancellationToken).ConfigureAwait(false);

                // Only now: room that every contender reserved would not be enough for the one who leads.
                Temp.Reserve(target.Length);
            }
        }

        if (!answer.IsLengthDeclared && await body.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false) > 0)
        {
            HubCacheException error = HubErrors.Nonsense(answer.Address, "it sends more bytes than the file has");
            if (_wasTooLong)
            {
                throw error;
            }

            _wasTooLong = true;
            StartOver();
            throw new TransientException(error);
        }
    }

    /// <summary>Reads from the network here, while another task hashes and writes what came before, in order.</summary>
    private async Task CopyAsync(PacedBody body, ByteAnswer answer, long end, CancellationToken cancellationToken)
    {
        var full = Channel.CreateBounded<(byte[] Block, int Length)>(new BoundedChannelOptions(BlocksInFlight) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task writer = Task.Run(
            async () =>
            {
                try
                {
                    await WriteAsync(full.Reader).ConfigureAwait(false);
                }
                catch
                {
                    await stop.CancelAsync().ConfigureAwait(false);
                    throw;
                }
            },
            CancellationToken.None);
        try
        {
            await ReadAsync(body, answer, Temp.Length, end, full, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The writer failed and says why below.
        }
        finally
        {
            // Whatever was received is written, even when the connection broke.
            full.Writer.TryComplete();
            await writer.ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(
        PacedBody body, ByteAnswer answer, long position, long end, Channel<(byte[] Block, int Length)> full, CancellationToken cancellationToken)
    {
        byte[]? block = null;
        int filled = 0;
        try
        {
            while (position < end)
            {
                block ??= await NextBlockAsync(cancellationToken).ConfigureAwait(false);
                int wanted = (int)Math.Min(block.Length - filled, end - position);
                int read = await body.ReadAsync(block.AsMemory(filled, wanted), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    throw HubErrors.NoAnswer(answer.Address, new IOException(string.Create(CultureInfo.InvariantCulture, $"The connection ended {end - position} bytes early.")));
                }

                position += read;
                filled += read;
                target.Progress.Received(read);

                // Full blocks when the writer is busy, small ones at once when it is idle.
                if (filled == block.Length || full.Reader.Count == 0)
                {
                    await full.Writer.WriteAsync((block, filled), cancellationToken).ConfigureAwait(false);
                    (block, filled) = (null, 0);
                }
            }
        }
        finally
        {
            if (block is not null)
            {
                // Never waits: the channel has room for all blocks there are.
                await full.Writer.WriteAsync((block, filled), CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<byte[]> NextBlockAsync(CancellationToken cancellationToken)
    {
        if (_free.Reader.TryRead(out byte[]? used))
        {
            return used;
        }

        return _blocks++ < BlocksInFlight ? new byte[BlockSize] : await _free.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteAsync(ChannelReader<(byte[] Block, int Length)> full)
    {
        await foreach ((byte[] block, int length) in full.ReadAllAsync().ConfigureAwait(false))
        {
            ReadOnlySpan<byte> bytes = block.AsSpan(0, length);
            _hash.Append(bytes);
            Temp.Append(bytes);
            _highWater = Math.Max(_highWater, Temp.Length);
            target.Progress.Reached(Temp.Length);
            _free.Writer.TryWrite(block);
        }
    }

    /// <summary>A temp is never rewritten: starting over is a new one.</summary>
    private void StartOver()
    {
        _contest = null;
        Temp.Dispose();
        _hash.Dispose();
        Temp = target.NewTemp();
        Temp.Reserve(target.Length);
        _hash = new BlobHash(target.ETag, target.Length);
        target.Progress.Reached(0);
    }
}
