namespace HubCache.Transfer;

/// <summary>One connection's work on a segment. A second one keeps its bytes until it has them all: the first whole answer counts.</summary>
internal sealed class SegmentFetch : IDisposable
{
    private readonly Segment _segment;
    private readonly BlockPool _pool;
    private readonly CancellationTokenSource _overtaken;
    private readonly List<Block>? _kept;
    private readonly long _start;
    private int _reserved;
    private Task _overtaking = Task.CompletedTask;

    public SegmentFetch(Segment segment, BlockPool pool, bool isRescue, CancellationToken cancellationToken)
    {
        (_segment, _pool, _start, Position) = (segment, pool, segment.Received, segment.Received);
        _overtaken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Token = _overtaken.Token;
        if (isRescue)
        {
            _kept = [];
            _reserved = (int)((segment.End - Position + BlockPool.BlockSize - 1) / BlockPool.BlockSize);
            pool.Reserve(_reserved);
        }
    }

    /// <summary>The offset of the byte to ask for next.</summary>
    public long Position { get; private set; }

    /// <summary>Where to ask up to.</summary>
    public long End => _segment.End;

    /// <summary>Cancelled when the bytes are not wanted any more.</summary>
    public CancellationToken Token { get; }

    /// <summary>Whether the writer waits for these bytes, so that small blocks are worth handing on.</summary>
    public bool IsWaitedFor => _kept is null && _segment.IsWaitedFor;

    public ValueTask<byte[]> RentAsync() => _kept is null ? _segment.RentAsync(Token) : new ValueTask<byte[]>(_pool.Rent());

    /// <summary>Takes a filled block; one without bytes is given back.</summary>
    /// <returns>How many bytes brought the file on.</returns>
    public long Deliver(byte[] block, int length)
    {
        Position += length;
        if (_kept is null)
        {
            return _segment.Deliver(this, block, length);
        }

        _kept.Add(new Block(block, 0, length));
        if (Position < End)
        {
            return 0;
        }

        int reserved = _reserved;
        _reserved = 0;
        long counted = _segment.Adopt(this, _start, _kept, reserved);
        _kept.Clear();
        return counted;
    }

    /// <summary>Tells it that the segment is complete.</summary>
    public void Overtake()
    {
        // Not here: whatever waits on the token would run inside the segment's lock.
        _overtaking = _overtaken.CancelAsync();
    }

    public void Dispose()
    {
        _segment.Leave(this);
        foreach (Block block in _kept ?? [])
        {
            _pool.Return(block.Bytes);
        }

        _pool.Release(_reserved);
        _overtaking.ContinueWith(static (_, source) => ((CancellationTokenSource)source!).Dispose(), _overtaken, TaskScheduler.Default);
    }
}
