using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Maintenance.FileSystem;

/// <summary>What can be said of a file system for the asking; room is tried out.</summary>
internal static class PlaceTrials
{
    private static readonly HashSet<string> NetworkFileSystems = new(
        [
            "nfs",
            "nfs4",
            "cifs",
            "smb",
            "smb2",
            "smbfs",
            "lustre",
            "gpfs",
            "ceph",
            "afs",
            "9p",
            "v9fs",
            "beegfs",
            "pvfs2",
            "orangefs",
            "glusterfs",
            "fuse",
            "fuseblk",
            "webdav",
            "afpfs",
            "panfs",
            "coda",
            "ncp"
        ],
        StringComparer.OrdinalIgnoreCase);

    // Those of one machine that the rules for dead temps do not count on, and that are no network's either.
    private static readonly HashSet<string> OtherLocalFileSystems = new(
        [
            "vfat",
            "msdos",
            "fat",
            "exfat",
            "ntfs",
            "ntfs3",
            "hfsplus",
            "udf",
            "iso9660",
            "squashfs",
            "erofs",
            "ramfs",
            "reiserfs",
            "nilfs2",
            "ecryptfs"
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>True for a file system of this machine, false for a network's, null when its name tells nothing.</summary>
    public static bool? IsLocal(Disk disk, string folder)
    {
        string? name = disk.FileSystemOf(folder);
        return disk.IsLocal(folder) || (name is not null && OtherLocalFileSystems.Contains(name)) ? true
            : OperatingSystem.IsWindows() || (name is not null && NetworkFileSystems.Contains(name)) ? false
            : null;
    }

    public static TrialResult Local(Disk disk, string folder)
    {
        string name = disk.FileSystemOf(folder) ?? "unknown";
        return IsLocal(disk, folder) switch
        {
            true => TrialResult.Yes("The file system belongs to this machine: what a process here sees, all see at once.", name),
            false => TrialResult.No("The file system is a network's, or a program's (FUSE). Other hosts may see files late, and clocks are "
                + "the server's; HubCache is made for that.", name),
            null => TrialResult.Unknown("Its name does not tell whether it belongs to this machine; it is treated like a network's.", name),
        };
    }

    public static TrialResult FreeRoom(Disk disk, string folder)
    {
        const long Little = 1L << 30;
        return disk.FreeRoom(folder) switch
        {
            null => TrialResult.Unknown("The file system does not say how much room is free; a download finds out when it is full."),
            < Little and var free => TrialResult.Warning("Less than a gigabyte is free: few models fit.", free, "bytes"),
            var free => TrialResult.Yes("So much may be written before it is full, unless a quota ends sooner.", free, "bytes"),
        };
    }

    public static TrialResult Reserve(TrialPlace place)
    {
        const int Length = 1 << 20;
        string path = place.At("reserved");
        using SafeFileHandle file = place.Disk.CreateNew(path);
        return place.Disk.CanReserve(file, Length, path)
            ? TrialResult.Yes("Room for a file can be reserved: a download that does not fit fails before its first byte.")
            : TrialResult.No("Room is not reserved here: what is free is compared before a download; if others fill it meanwhile, the "
                + "download fails when it is full.");
    }
}
