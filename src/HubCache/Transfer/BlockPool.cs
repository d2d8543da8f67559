using System.Collections.Concurrent;

namespace HubCache.Transfer;

/// <summary>The memory for all bytes between the network and the disk: bounded for a whole call, however many and however large the files are.</summary>
/// <param name="filesAtOnce">How many files may be on their way at the same time.</param>
internal sealed class BlockPool(int filesAtOnce)
{
    /// <summary>Bytes in a block: large enough that hash and disk work without pause, small enough to share.</summary>
    public const int BlockSize = 512 << 10;

    private const int MostBlocks = 128;
    private const int MostBlocksOfSegment = 8;

    // What a call leaves is there for the next one, unless memory is wanted meanwhile: allocated anew for each, such large arrays would
    // pile up in a session until the collector gets round to them (600 MB after a dozen calls).
    private static readonly WeakReference<ConcurrentBag<byte[]>> LeftOver = new([]);

    private readonly ConcurrentBag<byte[]> _free = TakeOver();
    private int _reserved;

    /// <summary>The most blocks that one segment of a file may hold.</summary>
    public int BlocksOfSegment { get; } = Math.Clamp(MostBlocks / 2 / filesAtOnce, 2, MostBlocksOfSegment);

    /// <summary>The most bytes of a segment that has an unfinished one before it: it must never wait for the writer, and so has all its blocks.</summary>
    public long LongestAhead => (long)BlocksOfSegment * BlockSize;

    /// <summary>Reserves without asking: the bytes that a file needs next are never refused, or files would wait for each other forever.</summary>
    public void Reserve(int blocks) => Interlocked.Add(ref _reserved, blocks);

    /// <summary>Reserves for bytes ahead of those needed next; false when memory is short.</summary>
    public bool TryReserve(int blocks)
    {
        if (Interlocked.Add(ref _reserved, blocks) <= MostBlocks)
        {
            return true;
        }

        Release(blocks);
        return false;
    }

    /// <summary>Gives reserved blocks back.</summary>
    public void Release(int blocks) => Interlocked.Add(ref _reserved, -blocks);

    /// <summary>A block, within what was reserved.</summary>
    public byte[] Rent() => _free.TryTake(out byte[]? block) ? block : GC.AllocateUninitializedArray<byte>(BlockSize);

    public void Return(byte[] block) => _free.Add(block);

    private static ConcurrentBag<byte[]> TakeOver()
    {
        lock (LeftOver)
        {
            if (!LeftOver.TryGetTarget(out ConcurrentBag<byte[]>? free))
            {
                LeftOver.SetTarget(free = []);
            }

            return free;
        }
    }
}

/// <summary>Bytes of a file, in memory.</summary>
internal readonly record struct Block(byte[] Bytes, int Offset, int Length)
{
    public ReadOnlyMemory<byte> Content => Bytes.AsMemory(Offset, Length);
}
