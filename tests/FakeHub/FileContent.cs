using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace FakeHub;

/// <summary>The bytes of a file, given out in slices that are never copied.</summary>
internal abstract class FileContent
{
    public abstract long Length { get; }

    /// <summary>At least one byte and at most <paramref name="maximum"/>, from <paramref name="offset"/> on.</summary>
    public abstract ReadOnlyMemory<byte> Slice(long offset, int maximum);
}

internal sealed class BytesContent(byte[] bytes) : FileContent
{
    public override long Length => bytes.Length;

    public override ReadOnlyMemory<byte> Slice(long offset, int maximum)
        => bytes.AsMemory((int)offset, (int)Math.Min(maximum, bytes.Length - offset));
}

/// <summary>
/// One block of pseudo-random bytes, repeated: a file of any size costs one block of memory at most and no work to serve.
/// </summary>
internal sealed class GeneratedContent(long size, int seed) : FileContent
{
    // A prime, so that no shift by a round number of bytes (a piece, a megabyte) maps the content onto itself unnoticed.
    private const int BlockLength = 8_388_593;

    private static readonly ConcurrentDictionary<int, byte[]> _blocks = new();

    // A thousand small files, each of its own seed, must not keep a thousand whole blocks.
    private readonly byte[] _block =
        size < BlockLength ? MakeBlock(seed, (int)size) : _blocks.GetOrAdd(seed, of => MakeBlock(of, BlockLength));

    public override long Length => size;

    public override ReadOnlyMemory<byte> Slice(long offset, int maximum)
    {
        int start = (int)(offset % BlockLength);
        return _block.AsMemory(start, (int)Math.Min(Math.Min(maximum, BlockLength - start), size - offset));
    }

    private static byte[] MakeBlock(int seed, int length)
    {
        byte[] block = new byte[(length + 7) / 8 * 8];
        ulong state = (uint)seed;
        foreach (ref ulong word in MemoryMarshal.Cast<byte, ulong>(block.AsSpan()))
        {
            // SplitMix64: the same bytes on every machine and runtime.
            state += 0x9E3779B97F4A7C15;
            ulong mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            word = mixed ^ (mixed >> 31);
        }
        return block;
    }
}
