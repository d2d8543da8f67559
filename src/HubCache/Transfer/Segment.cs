using System.Threading.Channels;

namespace HubCache.Transfer;

/// <summary>
/// A range of a file on its way: one connection at a time fills it from the front, the writer empties it from the front. Its window's lock
/// guards it.
/// </summary>
internal sealed class Segment(long start, long end)
{
    private readonly Channel<Block> _blocks = Channel.CreateUnbounded<Block>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<SegmentFetch> _fetches = [];
    private int _queued;
    private bool _isHead;

    /// <summary>The offset of its first byte in the file.</summary>
    public long Start { get; } = start;

    /// <summary>The offset after its last byte.</summary>
    public long End { get; set; } = end;

    /// <summary>The offset up to which bytes were handed on.</summary>
    public long Received { get; private set; } = start;

    public bool IsComplete => Received == End;

    /// <summary>
    /// Its connections: the one that fills it first, and a second one that asks for the same when the first holds up the others.
    /// </summary>
    public IReadOnlyList<SegmentFetch> Fetches => _fetches;

    /// <summary>
    /// Whether a connection of it broke: it gets memory without asking, as the head does, or its connection might be kept from those before
    /// it.
    /// </summary>
    public bool WasBroken { get; set; }

    /// <summary>Blocks that were taken for it and not yet returned.</summary>
    public int InUse { get; set; }

    /// <summary>Whether the writer has come to it.</summary>
    public bool IsHead
    {
        get => Volatile.Read(ref _isHead);
        set => Volatile.Write(ref _isHead, value);
    }

    /// <summary>Whether the writer has nothing else to do than to wait for its bytes, so that small blocks are worth handing on.</summary>
    public bool IsWaitedFor => IsHead && Volatile.Read(ref _queued) == 0;

    public ChannelReader<Block> Blocks => _blocks.Reader;

    public void Begin(SegmentFetch fetch) => _fetches.Add(fetch);

    public void Leave(SegmentFetch fetch) => _fetches.Remove(fetch);

    /// <summary>Hands bytes on to the writer, and tells other connections when it is complete.</summary>
    public void HandOn(Block block, SegmentFetch by)
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

    /// <summary>The writer is done with a block.</summary>
    public void Consumed()
    {
        InUse--;
        _queued--;
    }

    /// <summary>No more blocks will come; those that are there can still be taken.</summary>
    public void Close() => _blocks.Writer.TryComplete();
}
