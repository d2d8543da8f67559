using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Cache;

/// <summary>A small file that tells other programs something of a folder. Nothing depends on it, so failure is no error.</summary>
internal static class MarkerFile
{
    /// <summary>Makes the file if it is missing.</summary>
    public static void Ensure(Disk disk, string path, ReadOnlySpan<byte> content)
    {
        try
        {
            if (disk.Look(path) is null)
            {
                using SafeFileHandle file = disk.CreateNew(path);
                disk.Write(file, content, 0, path);
            }
        }
        catch (DiskException)
        {
            // Somebody else just made it, or nothing can be written here; what it is for will say so.
        }
    }
}
