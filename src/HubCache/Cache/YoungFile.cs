using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Cache;

/// <summary>A file that somebody else wrote a moment ago, and that we are about to report.</summary>
internal static class YoungFile
{
    // Older ones the system has written by itself.
    private static readonly TimeSpan Youth = TimeSpan.FromMinutes(5);

    /// <summary>Puts the file and its name on the disk, if it is young.</summary>
    /// <param name="disk">The file operations.</param>
    /// <param name="path">The file.</param>
    /// <param name="flushFolder">Puts a folder's entries on the disk.</param>
    /// <exception cref="DiskException">The disk failed.</exception>
    public static void Flush(Disk disk, string path, Action<string> flushFolder)
    {
        if (disk.LookThrough(path) is not FileFacts facts || DateTime.UtcNow - facts.Modified > Youth)
        {
            return;
        }

        try
        {
            using SafeFileHandle file = disk.OpenForReading(path, followLink: true);
            disk.Flush(file, path);
            flushFolder(Path.GetDirectoryName(path)!);
        }
        catch (DiskException e) when (e.Error is DiskError.AccessDenied or DiskError.ReadOnly)
        {
            // Somebody else's: only they can put it on the disk.
        }
    }
}
