using System.Globalization;

namespace HubCache.Xet;

/// <summary>The eight bytes before a chunk: how it is packed, and its two lengths.</summary>
internal readonly record struct ChunkHeader(int PackedLength, int Scheme, int Length);

/// <summary>
/// One chunk of a xorb: a header of eight bytes, then its bytes as they are, as an LZ4 frame, or as one over bytes in four groups.
/// </summary>
internal static class Chunk
{
    /// <summary>Bytes of a header.</summary>
    public const int HeaderSize = 8;

    /// <summary>The most bytes that a chunk decodes to.</summary>
    public const int MostBytes = 128 << 10;

    /// <summary>The most bytes that it takes packed.</summary>
    public const int MostPackedBytes = 256 << 10;

    private const int Stored = 0;
    private const int Packed = 1;
    private const int Grouped = 2;
    private const int Groups = 4;

    /// <summary>Reads and checks a header.</summary>
    /// <returns>What is wrong with it, for people; null when nothing is.</returns>
    public static string? ReadHeader(ReadOnlySpan<byte> bytes, out ChunkHeader header)
    {
        header = new ChunkHeader(Number(bytes[1..]), bytes[4], Number(bytes[5..]));
        return bytes.StartsWith("XETBLOB"u8) ? "the list at the end of the xorb begins here: the range is a wrong one"
            : bytes[0] != 0 ? Say($"its header is of version {bytes[0]}, 0 is known")
            : header.Scheme > Grouped ? Say($"it is packed by scheme {header.Scheme}, 0 to 2 are known")
            : header.Length is 0 or > MostBytes ? Say($"it announces {header.Length} bytes, 1 to {MostBytes} may be")
            : header.PackedLength is 0 or > MostPackedBytes
                ? Say($"it announces {header.PackedLength} packed bytes, 1 to {MostPackedBytes} may be")
            : header.Scheme == Stored && header.PackedLength != header.Length
                ? Say($"it is stored, and yet has {header.PackedLength} bytes in place of {header.Length}")
            : null;
    }

    /// <summary>Decodes a chunk.</summary>
    /// <param name="header">Its header, checked.</param>
    /// <param name="packed">Its bytes, as many as the header says.</param>
    /// <param name="target">As long as the header says.</param>
    /// <param name="scratch">As long as the target, for bytes in groups.</param>
    /// <param name="codecs">Decodes LZ4.</param>
    /// <returns>What is wrong with it, for people; null when the target was filled.</returns>
    public static string? Decode(ChunkHeader header, ReadOnlySpan<byte> packed, Span<byte> target, Span<byte> scratch, IXetCodecs codecs)
    {
        switch (header.Scheme)
        {
            case Stored:
                packed.CopyTo(target);
                return null;
            case Packed:
                return Lz4Frame.Decode(packed, target, codecs);
            default:
                string? fault = Lz4Frame.Decode(packed, scratch, codecs);
                if (fault is null)
                {
                    Ungroup(scratch, target);
                }

                return fault;
        }
    }

    /// <summary>Puts bytes back that lie by their place modulo 4: all first ones, then all second ones, and so on.</summary>
    public static void Ungroup(ReadOnlySpan<byte> grouped, Span<byte> target)
    {
        (int quarter, int rest) = Math.DivRem(target.Length, Groups);
        ReadOnlySpan<byte> first = grouped[..(quarter + (rest > 0 ? 1 : 0))];
        ReadOnlySpan<byte> second = grouped.Slice(first.Length, quarter + (rest > 1 ? 1 : 0));
        ReadOnlySpan<byte> third = grouped.Slice(first.Length + second.Length, quarter + (rest > 2 ? 1 : 0));
        ReadOnlySpan<byte> fourth = grouped.Slice(first.Length + second.Length + third.Length, quarter);
        for (int i = 0; i < quarter; i++)
        {
            Span<byte> four = target.Slice(i * Groups, Groups);
            four[3] = fourth[i];
            four[2] = third[i];
            four[1] = second[i];
            four[0] = first[i];
        }

        int end = quarter * Groups;
        ReadOnlySpan<byte> tail = rest switch
        {
            0 => [],
            1 => [first[quarter]],
            2 => [first[quarter], second[quarter]],
            _ => [first[quarter], second[quarter], third[quarter]],
        };
        tail.CopyTo(target[end..]);
    }

    private static int Number(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
