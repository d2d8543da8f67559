using System.Text;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Cache;

/// <summary>Reads and writes small text files through the disk's own operations.</summary>
internal static class SmallText
{
    /// <summary>The whole text, links not followed; null when it is longer than allowed.</summary>
    /// <exception cref="DiskException">It is not there, no regular file, or cannot be read.</exception>
    public static string? Read(Disk disk, string path, int longest)
    {
        using SafeFileHandle file = disk.OpenForReading(path, followLink: false);
        long length = disk.Look(file, path).Length;
        if (length > longest)
        {
            return null;
        }

        byte[] bytes = new byte[length];
        int done = 0;
        for (int read; done < bytes.Length && (read = disk.Read(file, bytes.AsSpan(done), done, path)) > 0; done += read)
        {
        }

        return Encoding.UTF8.GetString(bytes, 0, done);
    }

    public static void Write(Disk disk, SafeFileHandle file, string text, string path) => disk.Write(file, Encoding.UTF8.GetBytes(text), 0, path);
}
