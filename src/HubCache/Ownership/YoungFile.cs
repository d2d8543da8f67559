using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Ownership;

/// <summary>A file that another process wrote a moment ago, and that this call is about to report.</summary>
internal static class YoungFile
{
    /// <summary>Puts the file and its name on the disk, if it is young.</summary>
    /// <param name="disk">The file operations.</param>
    /// <param name="path">The file.</param>
    /// <param name="flushFolder">Puts a folder's entries on the disk.</param>
    /// <exception cref="DiskException">The disk failed.</exception>
    public static void Flush(Disk disk, string path, Action<string> flushFolder)
    {
        if (Look(disk, path) is not null)
        {
            FlushBytes(disk, path);
            FlushName(path, flushFolder);
        }
    }

    /// <summary>What lies at the path, if it is young; null if it is not, or nothing is there.</summary>
    public static FileFacts? Look(Disk disk, string path)
    {
        return disk.LookThrough(path) is FileFacts facts && DateTime.UtcNow - facts.Modified <= ProtocolTimes.Youth ? facts : null;
    }

    /// <summary>Puts the bytes alone on the disk.</summary>
    /// <exception cref="DiskException">The disk failed.</exception>
    public static void FlushBytes(Disk disk, string path)
    {
        UnlessItIsTheirs(() =>
        {
            using SafeFileHandle file = disk.OpenForReading(path, followLink: true);
            disk.Flush(file, path);
        });
    }

    /// <summary>Puts the name on the disk, and all other names of its folder.</summary>
    /// <exception cref="DiskException">The disk failed.</exception>
    public static void FlushName(string path, Action<string> flushFolder)
        => UnlessItIsTheirs(() => flushFolder(Path.GetDirectoryName(path)!));

    private static void UnlessItIsTheirs(Action flush)
    {
        try
        {
            flush();
        }
        catch (DiskException e) when (e.Error is DiskError.AccessDenied or DiskError.ReadOnly or DiskError.Busy)
        {
            // It is another user's, or (on Windows) open without sharing it for writing: only its owner can flush it.
        }
    }
}
