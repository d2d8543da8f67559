using System.Diagnostics;
using System.IO.Compression;

namespace FakeHub;

/// <summary>Sends a body piece by piece and does, at the ordered byte, what was ordered.</summary>
internal sealed class ContentStream
{
    private const int PieceBytes = 256 * 1024;

    private readonly Exchange _exchange;
    private readonly FileContent _content;
    private readonly List<Fault> _events;
    private readonly long _bytesPerSecond;
    private readonly int _pieceBytes;
    private readonly SharedLine? _line;

    public ContentStream(Exchange exchange, FileContent content, IEnumerable<Fault> faults)
    {
        _exchange = exchange;
        _content = content;
        _events = [.. faults.Where(IsEvent)];
        Fault? pace = faults.FirstOrDefault(fault => fault.Kind is FaultKind.Drip or FaultKind.Throttle);
        _bytesPerSecond = pace?.BytesPerSecond ?? exchange.Server.Options.BytesPerSecondPerConnection;
        int writesPerSecond = pace?.Kind == FaultKind.Drip ? 5 : 50;
        _line = exchange.Server.Line;
        long pieceBytes = Math.Min(PieceBytes, _line?.BytesPerTurn ?? PieceBytes);
        _pieceBytes = (int)(_bytesPerSecond > 0 ? Math.Clamp(_bytesPerSecond / writesPerSecond, 1, pieceBytes) : pieceBytes);
    }

    public bool Gzip { get; init; }

    public long ExtraBytes { get; init; }

    private bool IsGone => _exchange.Gone.IsCancellationRequested || _exchange.Output.IsBroken;

    public async Task SendAsync(ByteRange range)
    {
        var counted = new CountedBody(_exchange);
        Stream body = Gzip ? new GZipStream(counted, CompressionLevel.Fastest, leaveOpen: true) : counted;
        // The headers go out even if the first thing to happen is a stall or a cut.
        await _exchange.Response.StartAsync(_exchange.Gone);
        bool whole = await SendRangeAsync(body, range);
        if (whole && ExtraBytes > 0)
        {
            await body.WriteAsync(new byte[ExtraBytes], _exchange.Gone);
        }
        if (Gzip && !IsGone)
        {
            await body.DisposeAsync();
        }
    }

    private static bool IsEvent(Fault fault) => fault.Kind is FaultKind.ResetAfter or FaultKind.ShortBody or FaultKind.Stall;

    private static long After(Fault fault, ByteRange range)
        => fault is { Kind: FaultKind.Stall, Offset: > 0 } ? Math.Max(0, fault.Offset - range.Start) : fault.Bytes;

    /// <summary>False: the body ended early.</summary>
    private async Task<bool> SendRangeAsync(Stream body, ByteRange range)
    {
        var clock = Stopwatch.StartNew();
        var events = new Queue<(long After, Fault Fault)>(_events.Select(fault => (After(fault, range), fault)).OrderBy(one => one.Item1));
        for (long sent = 0; ;)
        {
            while (events.TryPeek(out var next) && next.After <= sent)
            {
                if (!await HappenAsync(events.Dequeue().Fault, body))
                {
                    return false;
                }
            }
            if (sent == range.Length || IsGone)
            {
                return sent == range.Length;
            }
            long until = events.TryPeek(out var coming) ? Math.Min(range.Length, coming.After) : range.Length;
            ReadOnlyMemory<byte> piece = _content.Slice(range.Start + sent, (int)Math.Min(_pieceBytes, until - sent));
            sent += piece.Length;
            if (_line is not null)
            {
                await _line.TakeTurnAsync(piece.Length, _exchange.Gone);
            }
            if (sent == range.Length && ExtraBytes == 0)
            {
                _exchange.Entry.End();
            }
            await body.WriteAsync(piece, _exchange.Gone);
            await KeepPaceAsync(sent, clock);
        }
    }

    private async Task KeepPaceAsync(long sent, Stopwatch clock)
    {
        if (_bytesPerSecond > 0)
        {
            TimeSpan ahead = TimeSpan.FromSeconds((double)sent / _bytesPerSecond) - clock.Elapsed;
            if (ahead > TimeSpan.FromMilliseconds(1))
            {
                await ExactDelay.WaitAsync(ahead, _exchange.Gone);
            }
        }
    }

    /// <summary>True: the body goes on.</summary>
    private async Task<bool> HappenAsync(Fault fault, Stream body)
    {
        await body.FlushAsync(_exchange.Gone);
        switch (fault.Kind)
        {
            case FaultKind.Stall:
                await Task.Delay(
                    fault.Seconds is double seconds ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan, _exchange.Gone);
                return true;
            case FaultKind.ResetAfter:
                await _exchange.Output.PrepareResetAsync(_exchange.Gone);
                break;
            case FaultKind.ShortBody when _exchange.Response.ContentLength is null:
                return false;
            default:
                await CloseInGoodOrderAsync();
                break;
        }
        _exchange.Entry.Aborted = true;
        _exchange.Http.Abort();
        return false;
    }

    private async Task CloseInGoodOrderAsync()
    {
        _exchange.Output.CloseForWriting();
        try
        {
            // An abort at once would turn the close into an RST; the other side closes when it has read the end.
            await Task.Delay(TimeSpan.FromSeconds(5), _exchange.Gone);
        }
        catch (OperationCanceledException)
        {
            // It has closed.
        }
    }
}
