using System.Globalization;

namespace HubCache.Maintenance.Packing;

/// <summary>Writes a tar archive, entry by entry, to a stream that need not be able to seek.</summary>
internal sealed class TarOutput(Stream stream)
{
    private static readonly byte[] Zeros = new byte[2 * TarHeader.BlockLength];

    /// <summary>Begins an entry; a file's bytes follow by <see cref="Write"/>, and then <see cref="EndFile"/>.</summary>
    /// <param name="entry">What it is.</param>
    /// <param name="modified">Its time, UTC.</param>
    public void Begin(TarEntry entry, DateTime modified)
    {
        var pax = new List<byte>();
        if (!TarHeader.Fits(entry.Name))
        {
            pax.AddRange(TarHeader.PaxLine("path", entry.Name));
        }

        if (!TarHeader.Fits(entry.Target))
        {
            pax.AddRange(TarHeader.PaxLine("linkpath", entry.Target));
        }

        if (entry.Length > TarHeader.LargestLength)
        {
            pax.AddRange(TarHeader.PaxLine("size", entry.Length.ToString(CultureInfo.InvariantCulture)));
        }

        if (pax.Count > 0)
        {
            stream.Write(TarHeader.Make(TarHeader.PaxMark, "PaxHeaders/entry", string.Empty, pax.Count, modified));
            stream.Write([.. pax]);
            EndFile(pax.Count);
        }

        stream.Write(TarHeader.Make((char)entry.Kind, entry.Name, entry.Target, entry.Length, modified));
    }

    public void Write(ReadOnlySpan<byte> bytes) => stream.Write(bytes);

    /// <summary>Fills up the last block of a file of that many bytes.</summary>
    public void EndFile(long length) => stream.Write(Zeros.AsSpan(0, (int)Padding(length)));

    /// <summary>Ends the archive.</summary>
    public void End() => stream.Write(Zeros);

    /// <summary>How many bytes fill up the last block.</summary>
    public static long Padding(long length) => (TarHeader.BlockLength - (length % TarHeader.BlockLength)) % TarHeader.BlockLength;
}
