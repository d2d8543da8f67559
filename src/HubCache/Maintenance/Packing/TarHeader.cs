using System.Globalization;
using System.Text;

namespace HubCache.Maintenance.Packing;

/// <summary>
/// The block of 512 bytes that stands before each entry: POSIX ustar, and pax for what does not fit into it (IEEE 1003.1, pax).
/// </summary>
/// <remarks>
/// Our own and not System.Formats.Tar: a reader for archives from strangers has to bound what it holds in memory, and to refuse every
/// kind of entry, field and keyword that we do not write. Its writer would put a pax block with times before each small file.
/// </remarks>
internal static class TarHeader
{
    public const int BlockLength = 512;

    /// <summary>The mark of a block with keywords for the entry after it.</summary>
    public const char PaxMark = 'x';

    /// <summary>The most that fits into the field for a name, and into that for a link.</summary>
    public const int LongestText = 100;

    /// <summary>The most that eleven octal digits can say.</summary>
    public const long LargestLength = (1L << 33) - 1;

    private static readonly Encoding StrictUtf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Makes a header. Texts that are too long, or not ASCII, are cut: a pax block before it has them whole.</summary>
    public static byte[] Make(char kind, string name, string target, long length, DateTime modified)
    {
        byte[] block = new byte[BlockLength];
        Put(block.AsSpan(0, LongestText), name);
        Put(block.AsSpan(157, LongestText), target);
        PutOctal(
            block.AsSpan(100, 8),
            kind == (char)TarKind.Folder ? 0b111_101_101 : kind == (char)TarKind.SymbolicLink ? 0b111_111_111 : 0b110_100_100);
        PutOctal(block.AsSpan(108, 8), 0);
        PutOctal(block.AsSpan(116, 8), 0);
        PutOctal(block.AsSpan(124, 12), length <= LargestLength ? length : 0);
        PutOctal(block.AsSpan(136, 12), Math.Clamp(new DateTimeOffset(modified).ToUnixTimeSeconds(), 0, LargestLength));
        block[156] = (byte)kind;
        "ustar\0"u8.CopyTo(block.AsSpan(257));
        "00"u8.CopyTo(block.AsSpan(263));
        PutOctal(block.AsSpan(148, 7), Sum(block));
        block[155] = (byte)' ';
        return block;
    }

    /// <summary>Whether a text stands in a header whole.</summary>
    public static bool Fits(string text) => text.Length <= LongestText && Ascii.IsValid(text);

    /// <summary>Reads a header.</summary>
    /// <exception cref="TarFormatException">It is none, or has what we never write.</exception>
    public static (char Kind, string Name, string Target, long Length) Read(ReadOnlySpan<byte> block)
    {
        if (!block.Slice(257, 8).SequenceEqual("ustar\000"u8))
        {
            throw new TarFormatException("is no tar archive of the POSIX kind, or is damaged");
        }

        if (Octal(block.Slice(148, 8)) != Sum(block))
        {
            throw new TarFormatException("has a header with a wrong checksum");
        }

        if (block.Slice(345, 155).ContainsAnyExcept((byte)0))
        {
            throw new TarFormatException("has a header with a prefix");
        }

        return ((char)block[156], Text(block[..LongestText]), Text(block.Slice(157, LongestText)), Octal(block.Slice(124, 12)));
    }

    /// <summary>Decodes a text.</summary>
    /// <exception cref="TarFormatException">It is not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new TarFormatException("has a name that is not UTF-8");
        }
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        if (end >= 0 && field[end..].ContainsAnyExcept((byte)0))
        {
            throw new TarFormatException("has a header with something behind the end of a name");
        }

        return Decode(end < 0 ? field : field[..end]);
    }

    private static void Put(Span<byte> field, string text)
        => Encoding.ASCII.GetBytes(text.AsSpan(0, Math.Min(text.Length, field.Length)), field);

    private static void PutOctal(Span<byte> field, long value)
        => Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(field.Length - 1, '0'), field);

    // Strict: signs, blanks in between and the binary form for sizes beyond the field are never ours.
    private static long Octal(ReadOnlySpan<byte> field)
    {
        long value = 0;
        int digits = 0;
        while (digits < field.Length && field[digits] is >= (byte)'0' and <= (byte)'7')
        {
            value = (value << 3) | (uint)(field[digits++] - '0');
        }

        return digits > 0 && !field[digits..].ContainsAnyExcept((byte)0, (byte)' ')
            ? value
            : throw new TarFormatException("has a header with a number that is none");
    }

    private static long Sum(ReadOnlySpan<byte> block)
    {
        long sum = 8 * ' ';
        for (int i = 0; i < block.Length; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : block[i];
        }

        return sum;
    }

    /// <summary>The keywords of a pax block, each line as long as it says.</summary>
    /// <exception cref="TarFormatException">It is none, or has a keyword that changes what an entry is and that we never write.</exception>
    public static IReadOnlyDictionary<string, string> ReadPax(ReadOnlySpan<byte> content)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        while (content.Length > 0)
        {
            int blank = content.IndexOf((byte)' ');
            if (blank is < 1 or > 6 || !int.TryParse(
                Encoding.ASCII.GetString(content[..blank]), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                || length <= blank + 1 || length > content.Length || content[length - 1] != '\n')
            {
                throw new TarFormatException("has a pax header that is damaged");
            }

            string line = Decode(content[(blank + 1)..(length - 1)]);
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            string key = equals > 0 ? line[..equals] : line;
            if (key is not ("path" or "linkpath" or "size" or "mtime" or "atime" or "ctime")
                || equals < 0
                || !values.TryAdd(key, line[(equals + 1)..]))
            {
                throw new TarFormatException($"has a pax header with the keyword '{key}'");
            }

            content = content[length..];
        }

        return values;
    }

    /// <summary>One line of a pax block: its length, which counts its own digits, the keyword and the value.</summary>
    public static byte[] PaxLine(string key, string value)
    {
        byte[] rest = StrictUtf8.GetBytes($" {key}={value}\n");
        int length = rest.Length + 1;
        while (length != rest.Length + length.ToString(CultureInfo.InvariantCulture).Length)
        {
            length++;
        }

        return [.. Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)), .. rest];
    }
}
