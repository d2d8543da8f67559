using System.Buffers.Binary;
using System.Security.Cryptography;
using HubCache.Names;

namespace HubCache.Xet;

/// <summary>What is noted of a blob: where the chunks of xorbs lie in it.</summary>
/// <param name="Length">Bytes of the blob.</param>
/// <param name="Runs">In the order of the file.</param>
internal sealed record ChunkList(long Length, IReadOnlyList<ChunkRun> Runs);

/// <summary>
/// The form of a chunk list: mark and version, the blob's length, the xorbs' hashes, then runs (xorb, first chunk, number of chunks, place)
/// with three bytes for each chunk's length, and in the end the SHA-256 of all that. Little-endian. Some 3 bytes a chunk: 0.5 MB for 10 GB.
/// </summary>
internal static class ChunkListFormat
{
    /// <summary>The most bytes of a list: what would be longer is not kept.</summary>
    public const int MostBytes = 16 << 20;

    /// <summary>Bytes before the xorbs' hashes.</summary>
    public const int HeaderSize = 20;

    private const int RunSize = 20;
    private const int ChunkSize = 3;

    private static ReadOnlySpan<byte> Mark => "HubCache"u8;

    /// <summary>Writes a list; null when it has nothing, or too much.</summary>
    public static byte[]? Write(ChunkList list)
    {
        XetHash[] xorbs = [.. list.Runs.Select(run => run.Xorb).Distinct()];
        long size = HeaderSize
            + ((long)xorbs.Length * XetHash.Size)
            + list.Runs.Sum(run => RunSize + ((long)ChunkSize * (run.End - run.First)))
            + SHA256.HashSizeInBytes;
        if (xorbs.Length == 0 || size > MostBytes)
        {
            return null;
        }

        byte[] bytes = new byte[size];
        Mark.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), list.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), xorbs.Length);
        Span<byte> rest = bytes.AsSpan(HeaderSize);
        foreach (XetHash xorb in xorbs)
        {
            xorb.CopyTo(rest);
            rest = rest[XetHash.Size..];
        }

        Dictionary<XetHash, int> numbers =
            xorbs.Select((xorb, number) => (xorb, number)).ToDictionary(pair => pair.xorb, pair => pair.number);
        foreach (ChunkRun run in list.Runs)
        {
            rest = Write(run, numbers[run.Xorb], rest);
        }

        SHA256.HashData(bytes.AsSpan(0, bytes.Length - SHA256.HashSizeInBytes), rest);
        return bytes;
    }

    /// <summary>How many xorbs' hashes follow a header; null when it is none.</summary>
    public static int? XorbsOf(ReadOnlySpan<byte> header)
    {
        return header.Length == HeaderSize && header.StartsWith(Mark) && BinaryPrimitives.ReadInt32LittleEndian(header[16..]) is int count
            && count is > 0 and <= (MostBytes - HeaderSize) / XetHash.Size
            ? count
            : null;
    }

    /// <summary>Reads a list; null when it is none, or damaged.</summary>
    public static ChunkList? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize + SHA256.HashSizeInBytes || bytes.Length > MostBytes || XorbsOf(bytes[..HeaderSize]) is not int count
            || !SHA256.HashData(bytes[..^SHA256.HashSizeInBytes]).AsSpan().SequenceEqual(bytes[^SHA256.HashSizeInBytes..]))
        {
            return null;
        }

        long length = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        ReadOnlySpan<byte> rest = bytes[HeaderSize..^SHA256.HashSizeInBytes];
        if (rest.Length < count * XetHash.Size)
        {
            return null;
        }

        XetHash[] xorbs = new XetHash[count];
        for (int i = 0; i < count; i++)
        {
            xorbs[i] = XetHash.FromBytes(rest[(i * XetHash.Size)..]);
        }

        rest = rest[(count * XetHash.Size)..];
        List<ChunkRun> runs = [];
        while (rest.Length > 0)
        {
            if (ReadRun(ref rest, xorbs, length) is not ChunkRun run)
            {
                return null;
            }

            runs.Add(run);
        }

        return new ChunkList(length, runs);
    }

    private static Span<byte> Write(ChunkRun run, int xorb, Span<byte> rest)
    {
        BinaryPrimitives.WriteInt32LittleEndian(rest, xorb);
        BinaryPrimitives.WriteInt32LittleEndian(rest[4..], run.First);
        BinaryPrimitives.WriteInt32LittleEndian(rest[8..], run.End - run.First);
        BinaryPrimitives.WriteInt64LittleEndian(rest[12..], run.Start);
        rest = rest[RunSize..];
        for (int chunk = run.First; chunk < run.End; chunk++)
        {
            int length = (int)run.Of(chunk).Length;
            (rest[0], rest[1], rest[2]) = ((byte)length, (byte)(length >> 8), (byte)(length >> 16));
            rest = rest[ChunkSize..];
        }

        return rest;
    }

    private static ChunkRun? ReadRun(ref ReadOnlySpan<byte> rest, XetHash[] xorbs, long length)
    {
        if (rest.Length < RunSize)
        {
            return null;
        }

        int xorb = BinaryPrimitives.ReadInt32LittleEndian(rest);
        int first = BinaryPrimitives.ReadInt32LittleEndian(rest[4..]);
        int count = BinaryPrimitives.ReadInt32LittleEndian(rest[8..]);
        long start = BinaryPrimitives.ReadInt64LittleEndian(rest[12..]);
        rest = rest[RunSize..];
        if ((uint)xorb >= (uint)xorbs.Length
            || first < 0
            || count <= 0
            || first > ReconstructionJson.MostChunks - count
            || start < 0
            || rest.Length < (long)count * ChunkSize)
        {
            return null;
        }

        var run = new ChunkRun(xorbs[xorb], first, start);
        for (int i = 0; i < count; i++, rest = rest[ChunkSize..])
        {
            run.Add(rest[0] | (rest[1] << 8) | (rest[2] << 16));
        }

        return start + run.Length <= length ? run : null;
    }
}
