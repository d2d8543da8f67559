using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Cache;

/// <summary>The empty file that says: at this commit the Hub has no such file.</summary>
internal static class NoExistMarker
{
    /// <summary>Leaves the marker. It only saves a request, so a cache that cannot be written to is no error.</summary>
    public static void Leave(Disk disk, RepoFolder folder, CommitHash commit, HubFileName file)
    {
        string path = folder.NoExist(commit, file);
        try
        {
            if (disk.Look(path) is not null)
            {
                return;
            }

            RepoSkeleton.Ensure(disk, folder);
            FolderMaker.Ensure(disk, Path.GetDirectoryName(path)!);
            disk.CreateNew(path).Dispose();
        }
        catch (DiskException)
        {
            // Asked again next time.
        }
    }

    public static bool IsThere(Disk disk, RepoFolder folder, CommitHash commit, HubFileName file)
    {
        return disk.LookThrough(folder.NoExist(commit, file)) is { Kind: FileKind.File };
    }
}
