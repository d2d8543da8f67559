using HubCache.Platform;

namespace HubCache.Maintenance.Checking;

/// <summary>The folder in which all clients keep their locks, with a folder for each repo.</summary>
internal static class LocksFolder
{
    private const string Name = ".locks";

    public static string Of(string cachePath) => Path.Combine(cachePath, Name);

    /// <summary>
    /// What the folder of all locks is, and the mode that it should have; null when nothing is wrong, it is not there or cannot be looked
    /// at.
    /// </summary>
    public static (FileFacts Facts, int Wanted)? LackingMode(Disk disk, string cachePath)
    {
        return Look(disk, cachePath) is { Kind: FileKind.Folder } facts
            && Permissions.OfCache(disk, cachePath)?.Wanted(facts, isLockFile: false) is int wanted
            && wanted != facts.Mode
            ? (facts, wanted) : null;
    }

    /// <summary>Whether something lies in its place that is no folder.</summary>
    public static bool IsBlocked(Disk disk, string cachePath) => Look(disk, cachePath) is { Kind: not (FileKind.Folder or FileKind.Link) };

    private static FileFacts? Look(Disk disk, string cachePath)
    {
        try
        {
            return disk.Look(Of(cachePath));
        }
        catch (DiskException)
        {
            return null;
        }
    }
}
