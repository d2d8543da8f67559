using System.Globalization;

namespace FakeHub;

/// <summary>The part of a body a Range header asks for.</summary>
internal readonly record struct ByteRange(long Start, long Length)
{
    /// <summary>False: there is such a range, but none of it lies within the body (416). Null: no usable range (200).</summary>
    public static bool? TryParse(string? header, long total, out ByteRange range)
    {
        range = new ByteRange(0, total);
        if (Split(header) is not (string first, string last))
        {
            return null;
        }
        if (first.Length == 0)
        {
            if (!Number(last, out long suffix))
            {
                return null;
            }
            range = new ByteRange(Math.Max(0, total - suffix), Math.Min(suffix, total));
            return range.Length > 0;
        }
        long end = long.MaxValue - 1;
        if (!Number(first, out long start) || (last.Length > 0 && !Number(last, out end)) || end < start)
        {
            return null;
        }
        range = new ByteRange(start, Math.Min(end + 1, total) - start);
        return start < total;
    }

    public static long? StartOf(string? header)
        => Split(header) is (string first, _) && Number(first, out long start) ? start : null;

    private static (string First, string Last)? Split(string? header)
    {
        const string Unit = "bytes=";
        // Several ranges in one request are answered with the whole, as many servers do.
        if (header is null || !header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase) || header.Contains(','))
        {
            return null;
        }
        string[] ends = header[Unit.Length..].Split('-');
        return ends.Length == 2 ? (ends[0].Trim(), ends[1].Trim()) : null;
    }

    private static bool Number(string text, out long value)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
