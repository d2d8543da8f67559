using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform;

/// <summary>Reads a file into memory as a whole.</summary>
internal static class WholeFile
{
    /// <summary>All bytes of a file; null when it is longer than allowed.</summary>
    /// <param name="disk">The file operations.</param>
    /// <param name="path">The file.</param>
    /// <param name="longest">The most bytes that are read.</param>
    /// <param name="followLink">Whether a link is followed; else one is an error.</param>
    /// <exception cref="DiskException">It is not there, no regular file, or cannot be read.</exception>
    public static ReadOnlyMemory<byte>? Read(Disk disk, string path, int longest, bool followLink)
    {
        using SafeFileHandle file = disk.OpenForReading(path, followLink);
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

        return bytes.AsMemory(0, done);
    }
}
