using System.Buffers.Binary;

namespace HubCache.Xet;

/// <summary>Reads one LZ4 frame (LZ4 Frame Format 1.6.2) into a target of exactly the length that was announced for it.</summary>
/// <remarks>
/// Stored and packed blocks, linked and independent ones, of all four sizes. Checksums are stepped over: no known maker of chunks writes
/// any, and the hash of the whole file judges. Dictionaries, skippable frames, and a second frame behind the first are refused.
/// </remarks>
internal static class Lz4Frame
{
    private const uint Magic = 0x184D2204;
    private const int SmallestHeader = 7;
    private const int ChecksumSize = 4;
    private const int ContentSizeSize = 8;
    private const uint StoredBit = 0x80000000;
    private const int Reach = 64 << 10;

    /// <summary>Decodes a frame.</summary>
    /// <param name="frame">All of it, and nothing behind it.</param>
    /// <param name="target">Of the length that is to come out.</param>
    /// <param name="codecs">Decodes the blocks.</param>
    /// <returns>What is wrong with it, for people; null when the target was filled.</returns>
    public static string? Decode(ReadOnlySpan<byte> frame, Span<byte> target, IXetCodecs codecs)
    {
        if (frame.Length < SmallestHeader || BinaryPrimitives.ReadUInt32LittleEndian(frame) != Magic)
        {
            return "it is no LZ4 frame";
        }

        var flags = new Flags(frame[4], frame[5]);
        int header = SmallestHeader + (flags.HasContentSize ? ContentSizeSize : 0);
        if (!flags.AreKnown || frame.Length < header)
        {
            return "its LZ4 frame is of an unknown kind";
        }

        return flags.HasContentSize && BinaryPrimitives.ReadUInt64LittleEndian(frame[6..]) != (ulong)target.Length
            ? "its LZ4 frame announces another length"
            : DecodeBlocks(frame[header..], flags, target, codecs);
    }

    private static string? DecodeBlocks(ReadOnlySpan<byte> rest, Flags flags, Span<byte> target, IXetCodecs codecs)
    {
        int done = 0;
        while (true)
        {
            if (rest.Length < sizeof(uint))
            {
                return "its LZ4 frame is cut off";
            }

            uint word = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            rest = rest[sizeof(uint)..];
            if (word == 0)
            {
                return rest.Length != (flags.HasContentChecksum ? ChecksumSize : 0) ? "bytes follow its LZ4 frame, or are missing from it"
                    : done != target.Length ? "its LZ4 frame decodes to fewer bytes than announced"
                    : null;
            }

            uint length = word & ~StoredBit;
            int checksum = flags.HasBlockChecksums ? ChecksumSize : 0;
            if (length > flags.LargestBlock || length + (uint)checksum > rest.Length)
            {
                return "a block of its LZ4 frame is cut off or too long";
            }

            int decoded = DecodeBlock(rest[..(int)length], (word & StoredBit) != 0, flags, target, done, codecs);
            if (decoded < 0)
            {
                return "its LZ4 frame is damaged, or decodes to more bytes than announced";
            }

            done += decoded;
            rest = rest[((int)length + checksum)..];
        }
    }

    private static int DecodeBlock(ReadOnlySpan<byte> block, bool isStored, Flags flags, Span<byte> target, int done, IXetCodecs codecs)
    {
        Span<byte> room = target[done..Math.Min(target.Length, done + flags.LargestBlock)];
        if (isStored)
        {
            return block.TryCopyTo(room) ? block.Length : -1;
        }

        ReadOnlySpan<byte> earlier = flags.AreIndependent ? [] : target[Math.Max(0, done - Reach)..done];
        return codecs.DecodeBlock(block, earlier, room);
    }

    /// <summary>The two bytes behind the magic number.</summary>
    private readonly struct Flags(byte flags, byte blockSizes)
    {
        public bool AreKnown => (flags & 0b1100_0011) == 0b0100_0000 && (blockSizes & 0b1000_1111) == 0 && blockSizes >> 4 >= 4;

        public bool AreIndependent => (flags & 0b0010_0000) != 0;

        public bool HasBlockChecksums => (flags & 0b0001_0000) != 0;

        public bool HasContentSize => (flags & 0b0000_1000) != 0;

        public bool HasContentChecksum => (flags & 0b0000_0100) != 0;

        /// <summary>64 KB, 256 KB, 1 MB or 4 MB.</summary>
        public int LargestBlock => 1 << (8 + (2 * (blockSizes >> 4)));
    }
}
