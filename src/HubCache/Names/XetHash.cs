using System.Buffers.Binary;
using System.Globalization;

namespace HubCache.Names;

/// <summary>
/// A hash as Xet writes it: four little-endian numbers of 64 bits, each printed as 16 hex digits, so that within every eight bytes the
/// order is reversed.
/// </summary>
internal readonly record struct XetHash(ulong First, ulong Second, ulong Third, ulong Fourth)
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = 32;

    /// <summary>Takes 64 hex digits of either case; null for anything else.</summary>
    public static XetHash? TryParse(string? text)
    {
        return text is { Length: 64 } && text.All(char.IsAsciiHexDigit)
            ? new XetHash(Part(text, 0), Part(text, 1), Part(text, 2), Part(text, 3))
            : null;
    }

    /// <summary>Reads the 32 bytes of a hash.</summary>
    public static XetHash FromBytes(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));

    /// <summary>Writes the 32 bytes of the hash.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, First);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Second);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], Third);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], Fourth);
    }

    /// <summary>64 lower-case hex digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First:x16}{Second:x16}{Third:x16}{Fourth:x16}");

    private static ulong Part(string text, int number)
        => ulong.Parse(text.AsSpan(number * 16, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
