using HubCache.Platform;

namespace HubCache.Ownership;

/// <summary>The time by the file system's own clock, which may be a server's and differ from this machine's.</summary>
internal static class FileSystemClock
{
    /// <summary>Touches a probe in the folder and reads its time. Where nothing can be written, this machine's clock has to do.</summary>
    public static DateTime Now(Disk disk, string folder)
    {
        try
        {
            if (disk.LookThrough(folder) is not { Kind: FileKind.Folder })
            {
                return DateTime.UtcNow;
            }

            using Temp probe = Temp.Create(disk, folder, "probe");
            return probe.Look().Modified;
        }
        catch (DiskException)
        {
            return DateTime.UtcNow;
        }
    }
}
