using System.Collections.Concurrent;

namespace HubCache.Transfer;

/// <summary>
/// The memory for all bytes between the network and the disk: bounded for a whole call, however many and however large the files are.
/// </summary>
internal sealed class BlockPool
{
    /// <summary>Bytes in a block: large enough that hash and disk work without pause, small enough to share.</summary>
    public const int BlockSize = 512 << 10;

    private const int MostBlocks = 128;

    // What a call leaves is there for the next one, unless memory is wanted meanwhile: allocated anew for each, such large arrays would
    // pile up in a session until the collector gets round to them (600 MB after a dozen calls).
    private static readonly WeakReference<ConcurrentBag<byte[]>> LeftOver = new([]);

    private readonly ConcurrentBag<byte[]> _free = TakeOver();
    private TaskCompletionSource? _changed;
    private int _taken;

    /// <summary>Blocks that are taken and not yet returned.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Whether a block can be had by asking.</summary>
    public bool HasRoom => Taken < MostBlocks;

    /// <summary>Takes a block for bytes ahead of those that a file needs next; null when memory is short.</summary>
    public byte[]? TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= MostBlocks)
        {
            return Block();
        }

        Interlocked.Decrement(ref _taken);
        return null;
    }

    /// <summary>
    /// Takes a block without asking: the bytes that a file needs next are never refused, or files would wait for each other forever.
    /// </summary>
    public byte[] Take()
    {
        Interlocked.Increment(ref _taken);
        return Block();
    }

    /// <summary>Gives a block back.</summary>
    public void Return(byte[] block)
    {
        Interlocked.Decrement(ref _taken);
        _free.Add(block);
        Wake();
    }

    /// <summary>
    /// Ends when a block was returned, or when a file says that one of its connections may go on. Asked for before the look that it
    /// follows.
    /// </summary>
    public Task Changed()
    {
        TaskCompletionSource? changed = Volatile.Read(ref _changed);
        if (changed is not null)
        {
            return changed.Task;
        }

        changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _changed, changed, null) ?? changed).Task;
    }

    /// <summary>Lets all who wait for memory look again.</summary>
    public void Wake() => Interlocked.Exchange(ref _changed, null)?.TrySetResult();

    private byte[] Block() => _free.TryTake(out byte[]? block) ? block : GC.AllocateUninitializedArray<byte>(BlockSize);

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
