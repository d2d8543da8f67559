using HubCache.Platform;

namespace HubCache;

/// <summary>The mode of the folder in which all clients keep their locks, a folder for each repo.</summary>
internal static class LocksMode
{
    public const string FolderName = ".locks";

    /// <summary>What the folder is, and the mode that it should have; null when nothing is wrong, it is not there or cannot be looked at.</summary>
    public static (FileFacts Facts, int Wanted)? Lacking(Disk disk, string cachePath)
    {
        try
        {
            return disk.Look(Path.Combine(cachePath, FolderName)) is { Kind: FileKind.Folder } facts && Permissions.OfCache(disk, cachePath)?.Wanted(facts, isLockFile: false) is int wanted && wanted != facts.Mode
                ? (facts, wanted) : null;
        }
        catch (DiskException)
        {
            return null;
        }
    }
}
