using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace FakeHub;

/// <summary>One chunk of a xorb, as it is stored: eight bytes of header, then its bytes.</summary>
/// <param name="Packed">Header and bytes.</param>
/// <param name="Length">Bytes that it decodes to, whatever the header says.</param>
public sealed record FakeChunk(byte[] Packed, int Length)
{
    /// <summary>A chunk as it is.</summary>
    public static FakeChunk Stored(ReadOnlySpan<byte> bytes) => Make(0, bytes, bytes.Length);

    /// <summary>
    /// An LZ4 frame of one block that is marked as stored: any reader of frames has to read it, and the server needs no packer.
    /// </summary>
    public static FakeChunk Framed(ReadOnlySpan<byte> bytes) => Make(1, Frame(bytes), bytes.Length);

    /// <summary>The same over bytes in four groups.</summary>
    public static FakeChunk Grouped(ReadOnlySpan<byte> bytes)
    {
        byte[] grouped = new byte[bytes.Length];
        int next = 0;
        for (int group = 0; group < 4; group++)
        {
            for (int i = group; i < bytes.Length; i += 4)
            {
                grouped[next++] = bytes[i];
            }
        }

        return Make(2, Frame(grouped), bytes.Length);
    }

    /// <summary>A header and whatever is to follow it.</summary>
    public static FakeChunk Make(byte scheme, ReadOnlySpan<byte> packed, int length)
    {
        byte[] chunk = new byte[8 + packed.Length];
        chunk[4] = scheme;
        Write(chunk.AsSpan(1), packed.Length);
        Write(chunk.AsSpan(5), length);
        packed.CopyTo(chunk.AsSpan(8));
        return new FakeChunk(chunk, length);
    }

    /// <summary>The same with one byte of the stored form set.</summary>
    public FakeChunk With(int offset, byte value)
    {
        byte[] changed = [.. Packed];
        changed[offset] = value;
        return this with { Packed = changed };
    }

    private static byte[] Frame(ReadOnlySpan<byte> bytes)
    {
        byte[] frame = new byte[7 + 4 + bytes.Length + 4];
        // Magic, version 1 with independent blocks, blocks of 256 KB, and a check byte that few readers check.
        ReadOnlySpan<byte> header = [0x04, 0x22, 0x4D, 0x18, 0x60, 0x50, 0xFB];
        header.CopyTo(frame);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(7), (uint)bytes.Length | 0x80000000);
        bytes.CopyTo(frame.AsSpan(11));
        return frame;
    }

    private static void Write(Span<byte> target, int number)
    {
        target[0] = (byte)number;
        target[1] = (byte)(number >> 8);
        target[2] = (byte)(number >> 16);
    }
}

/// <summary>A xorb: chunks one behind the other, under any 64 hex digits.</summary>
public sealed class FakeXorb(string hash, IReadOnlyList<FakeChunk> chunks)
{
    private readonly long[] _starts = Starts(chunks);
    private readonly Lazy<byte[]> _own = new(() => Join(chunks));
    private readonly byte[]? _shared;

    /// <summary>Another name for the chunks of a xorb: a store of any size costs the memory of one.</summary>
    public FakeXorb(string hash, FakeXorb like)
        : this(hash, like.Chunks) => _shared = like.Bytes;

    /// <summary>A xorb as an upload left it in a file that is named by its hash; what follows the chunks is passed over.</summary>
    public static FakeXorb Read(string path)
    {
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        List<FakeChunk> chunks = [];
        while (rest.Length >= 8 && !rest.StartsWith("XETBLOB"u8))
        {
            int packed = rest[1] | (rest[2] << 8) | (rest[3] << 16);
            chunks.Add(new FakeChunk(rest[..(8 + packed)].ToArray(), rest[5] | (rest[6] << 8) | (rest[7] << 16)));
            rest = rest[(8 + packed)..];
        }

        return new FakeXorb(Path.GetFileNameWithoutExtension(path), chunks);
    }

    public string Hash => hash;

    public IReadOnlyList<FakeChunk> Chunks => chunks;

    /// <summary>Where a chunk's stored form begins; for the number behind the last, where that ends.</summary>
    public long StartOf(int chunk) => _starts[chunk];

    internal byte[] Bytes => _shared ?? _own.Value;

    private static long[] Starts(IReadOnlyList<FakeChunk> chunks)
    {
        long[] starts = new long[chunks.Count + 1];
        for (int i = 0; i < chunks.Count; i++)
        {
            starts[i + 1] = starts[i] + chunks[i].Packed.Length;
        }

        return starts;
    }

    private static byte[] Join(IReadOnlyList<FakeChunk> chunks)
    {
        using var whole = new MemoryStream();
        foreach (FakeChunk chunk in chunks)
        {
            whole.Write(chunk.Packed);
        }

        return whole.ToArray();
    }
}

/// <summary>A run of chunks of a xorb, as part of a file.</summary>
public sealed record FakeTerm(FakeXorb Xorb, int First, int End)
{
    public long Length => Xorb.Chunks.Skip(First).Take(End - First).Sum(chunk => (long)chunk.Length);
}

/// <summary>How a file is put together.</summary>
/// <param name="Hash">What it is asked for by: 64 hex digits.</param>
/// <param name="Terms">In the order of the file.</param>
public sealed record FakeXetFile(string Hash, IReadOnlyList<FakeTerm> Terms)
{
    public long Length => Terms.Sum(term => term.Length);
}

/// <summary>What Xet's service and its storage hold, and how they answer.</summary>
public sealed class XetStore
{
    private readonly ConcurrentDictionary<string, FakeXetFile> _files = new();
    private readonly ConcurrentDictionary<string, FakeXorb> _xorbs = new();

    /// <summary>Whether reconstructions have only the chunks that the asked part needs; else whole terms.</summary>
    public bool Trims { get; set; } = true;

    /// <summary>Whether there is a version 2. Without it: this status.</summary>
    public int StatusOfV2 { get; set; }

    /// <summary>How long a token opens the service, as it is said.</summary>
    public double TokenSeconds { get; set; } = 900;

    /// <summary>How long a signed link holds.</summary>
    public double LinkSeconds { get; set; } = 3600;

    /// <summary>The most ranges in a signed link; more get links of their own.</summary>
    public int RangesOfLink { get; set; } = 500;

    /// <summary>Changes the JSON of a reconstruction before it is sent; null leaves it as it is.</summary>
    public Func<string, string>? Rewrite { get; set; }

    /// <summary>Tokens of Xet that open the service.</summary>
    internal ConcurrentDictionary<string, bool> Tokens { get; } = new();

    public void Add(FakeXetFile file)
    {
        _files[file.Hash] = file;
        foreach (FakeXorb xorb in file.Terms.Select(term => term.Xorb))
        {
            _xorbs[xorb.Hash] = xorb;
        }
    }

    /// <summary>Takes back every token that was given out so far.</summary>
    public void RevokeTokens() => Tokens.Clear();

    internal FakeXetFile? Find(string hash) => _files.GetValueOrDefault(hash);

    internal FakeXorb? FindXorb(string hash) => _xorbs.GetValueOrDefault(hash);
}
