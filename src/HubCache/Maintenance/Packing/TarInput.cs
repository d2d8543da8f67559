using System.Globalization;
using HubCache.Platform;

namespace HubCache.Maintenance.Packing;

/// <summary>
/// Reads a tar archive, entry by entry, from a stream that need not be able to seek. Holds no more than a block of it in memory.
/// </summary>
internal sealed class TarInput(Stream stream)
{
    // Three keywords with the longest paths of any system.
    private const int LongestPax = 64 << 10;

    private readonly byte[] _block = new byte[TarHeader.BlockLength];
    private readonly byte[] _buffer = new byte[1 << 20];

    /// <summary>The next entry; null at the end. The bytes of the one before have been read by then.</summary>
    /// <exception cref="TarFormatException">It is no archive, or has something that ours never have.</exception>
    public TarEntry? Next()
    {
        Fill(_block);
        if (!_block.AsSpan().ContainsAnyExcept((byte)0))
        {
            ReadToEnd();
            return null;
        }

        (char kind, string name, string target, long length) = TarHeader.Read(_block);
        if (kind == TarHeader.PaxMark)
        {
            IReadOnlyDictionary<string, string> pax = ReadPax(length);
            Fill(_block);
            (kind, name, target, length) = TarHeader.Read(_block);
            name = pax.GetValueOrDefault("path", name);
            target = pax.GetValueOrDefault("linkpath", target);
            length = pax.TryGetValue("size", out string? size) ? Size(size) : length;
        }

        if (!Enum.IsDefined((TarKind)kind))
        {
            throw new TarFormatException($"has the entry '{name}' of the kind '{kind}'");
        }

        if (kind != (char)TarKind.File && length != 0)
        {
            throw new TarFormatException($"has bytes for '{name}', which is no file");
        }

        return new TarEntry((TarKind)kind, name, length, target);
    }

    /// <summary>Hands over the bytes of the file whose entry was just read.</summary>
    /// <exception cref="TarFormatException">It ends before they do.</exception>
    public void Read(long length, BlockAction take, CancellationToken cancellationToken)
    {
        for (long left = length; left > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<byte> block = _buffer.AsSpan(0, (int)Math.Min(left, _buffer.Length));
            Fill(block);
            take(block);
            left -= block.Length;
        }

        Span<byte> padding = _buffer.AsSpan(0, (int)TarOutput.Padding(length));
        Fill(padding);
        if (padding.ContainsAnyExcept((byte)0))
        {
            throw new TarFormatException("has something between two entries");
        }
    }

    private IReadOnlyDictionary<string, string> ReadPax(long length)
    {
        if (length > LongestPax)
        {
            throw new TarFormatException(string.Create(CultureInfo.InvariantCulture, $"has a pax header of {length} bytes"));
        }

        var content = new MemoryStream();
        Read(length, content.Write, CancellationToken.None);
        return TarHeader.ReadPax(content.GetBuffer().AsSpan(0, (int)content.Length));
    }

    private static long Size(string text)
    {
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            ? size
            : throw new TarFormatException($"has the size '{text}', which is none");
    }

    private void Fill(Span<byte> block)
    {
        if (stream.ReadAtLeast(block, block.Length, throwOnEndOfStream: false) < block.Length)
        {
            throw new TarFormatException("ends too early");
        }
    }

    private void ReadToEnd()
    {
        for (int read; (read = stream.Read(_buffer)) > 0;)
        {
            if (_buffer.AsSpan(0, read).ContainsAnyExcept((byte)0))
            {
                throw new TarFormatException("has something behind its end");
            }
        }
    }
}
