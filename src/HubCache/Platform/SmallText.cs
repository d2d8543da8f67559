using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform;

/// <summary>Reads and writes small text files through the disk's own operations.</summary>
internal static class SmallText
{
    /// <summary>The whole text, links not followed; null when it is longer than allowed.</summary>
    /// <exception cref="DiskException">It is not there, no regular file, or cannot be read.</exception>
    public static string? Read(Disk disk, string path, int longest)
    {
        return WholeFile.Read(disk, path, longest, followLink: false) is ReadOnlyMemory<byte> bytes
            ? Encoding.UTF8.GetString(bytes.Span)
            : null;
    }

    public static void Write(Disk disk, SafeFileHandle file, string text, string path)
        => disk.Write(file, Encoding.UTF8.GetBytes(text), 0, path);
}
