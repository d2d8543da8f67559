using System.Diagnostics;
using System.Threading.Channels;

namespace HubCache.Transfer;

/// <summary>A range of a file on its way: one connection at a time fills it from the front, the writer empties it from the front.</summary>
internal sealed class Segment
{
    private readonly object _gate = new();
    private readonly BlockPool _pool;
    private readonly Channel<Block> _blocks = Channel.CreateUnbounded<Block>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<SegmentFetch> _fetches = [];
    private SegmentFetch? _owner;
    private TaskCompletionSource? _roomWanted;
    private int _reserved;
    private int _inUse;
    private int _queued;
    private bool _isHead;

    /// <summary>Makes a segment whose blocks are reserved.</summary>
    public Segment(long start, long end, BlockPool pool, int reserved)
    {
        (Start, End, Received, _pool, _reserved) = (start, end, start, pool, reserved);
    }

    /// <summary>The offset of its first byte in the file.</summary>
    public long Start { get; }

    /// <summary>The offset after its last byte.</summary>
    public long End { get; private set; }

    /// <summary>The offset up to which bytes were handed on.</summary>
    public long Received { get; private set; }

    public bool IsComplete => Received == End;

    /// <summary>When its present connection began with it, as a <see cref="Stopwatch"/> timestamp.</summary>
    public long BegunAt { get; private set; }

    /// <summary>Whether a second connection is asking for it.</summary>
    public bool IsRescued => _fetches.Count > 1;

    /// <summary>Blocks that the writer is not done with.</summary>
    public int Queued => Volatile.Read(ref _queued);

    /// <summary>Whether the writer has nothing else to do than to wait for its bytes.</summary>
    public bool IsWaitedFor => Volatile.Read(ref _isHead) && Queued == 0;

    /// <summary>The writer has come to it.</summary>
    public void BecomeHead() => Volatile.Write(ref _isHead, true);

    public ChannelReader<Block> Blocks => _blocks.Reader;

    /// <summary>Makes it longer.</summary>
    public void Extend(long end)
    {
        lock (_gate)
        {
            End = end;
        }
    }

    /// <summary>Makes it shorter, if it is much longer than that.</summary>
    /// <param name="length">Bytes beyond those received that it keeps: more than a connection can hold at this moment.</param>
    public bool TryShorten(long length)
    {
        lock (_gate)
        {
            if (End - Received <= 2 * length || length < 2 * BlockPool.BlockSize)
            {
                return false;
            }

            End = Received + length;
            return true;
        }
    }

    /// <summary>Begins to fill it, or to fill it once more beside a connection that holds up the others.</summary>
    public SegmentFetch Begin(bool isRescue, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var fetch = new SegmentFetch(this, _pool, isRescue, cancellationToken);
            _fetches.Add(fetch);
            if (!isRescue)
            {
                (_owner, BegunAt) = (fetch, Stopwatch.GetTimestamp());
            }

            return fetch;
        }
    }

    /// <summary>Ends a connection's part in it.</summary>
    public void Leave(SegmentFetch fetch)
    {
        lock (_gate)
        {
            _fetches.Remove(fetch);
            if (_owner == fetch)
            {
                _owner = null;
            }
        }
    }

    /// <summary>A block to fill. One that the writer has come to, or will without anybody's help, waits until it gives one back when all are in use.</summary>
    public async ValueTask<byte[]> RentAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (_inUse == _reserved && !_isHead && End - Received <= _pool.LongestAhead)
                {
                    // A break left a block half full. Its connection may be the one that the segment before this one needs: it never waits.
                    _pool.Reserve(1);
                    _reserved++;
                }

                if (_inUse < _reserved)
                {
                    _inUse++;
                    return _pool.Rent();
                }

                _roomWanted ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _roomWanted.Task;
            }

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Hands a block on to the writer, unless another connection was faster.</summary>
    /// <returns>How many bytes counted.</returns>
    public int Deliver(SegmentFetch fetch, byte[] block, int length)
    {
        lock (_gate)
        {
            if (_owner != fetch || IsComplete || length == 0)
            {
                _inUse--;
                _pool.Return(block);
                return 0;
            }

            HandOn(new Block(block, 0, length), fetch);
            return length;
        }
    }

    /// <summary>Takes over what a second connection has fetched to the end, as far as it is still missing.</summary>
    /// <returns>How many bytes counted.</returns>
    public long Adopt(SegmentFetch rescue, long start, IReadOnlyList<Block> blocks, int reserved)
    {
        lock (_gate)
        {
            _reserved += reserved;
            _inUse += blocks.Count;
            long before = Received;
            foreach (Block block in blocks)
            {
                int known = (int)Math.Clamp(Received - start, 0, block.Length);
                start += block.Length;
                if (known == block.Length)
                {
                    _inUse--;
                    _pool.Return(block.Bytes);
                }
                else
                {
                    HandOn(block with { Offset = block.Offset + known, Length = block.Length - known }, rescue);
                }
            }

            return Received - before;
        }
    }

    /// <summary>The writer is done with a block.</summary>
    public void Consumed(Block block)
    {
        lock (_gate)
        {
            _inUse--;
            _queued--;
            _pool.Return(block.Bytes);
            long needed = (End - Received + BlockPool.BlockSize - 1) / BlockPool.BlockSize;
            if (_reserved > _inUse + needed)
            {
                _reserved--;
                _pool.Release(1);
            }

            _roomWanted?.TrySetResult();
            _roomWanted = null;
        }
    }

    /// <summary>No more blocks will come; those that are there can still be taken.</summary>
    public void Close() => _blocks.Writer.TryComplete();

    /// <summary>Gives back what it still has reserved.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            Close();
            while (_blocks.Reader.TryRead(out Block block))
            {
                _pool.Return(block.Bytes);
            }

            _pool.Release(_reserved);
            _reserved = 0;
        }
    }

    private void HandOn(Block block, SegmentFetch by)
    {
        _queued++;
        _blocks.Writer.TryWrite(block);
        Received += block.Length;
        if (IsComplete)
        {
            Close();
            foreach (SegmentFetch other in _fetches.Where(other => other != by))
            {
                other.Overtake();
            }
        }
    }
}
