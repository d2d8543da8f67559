using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Store;

/// <summary>The empty file that says: at this commit the Hub has no such file.</summary>
internal static class NoExistMarker
{
    /// <summary>Leaves the marker. It only saves a request, so a read-only cache is not an error.</summary>
    public static void Leave(Disk disk, RepoPaths folder, CommitHash commit, HubFileName file)
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
            if (disk.Look(folder.SnapshotFile(commit, file)) is not null)
            {
                // Another process published the name meanwhile, and looked for a mark before this one was there.
                Forget(disk, folder, commit, file);
            }
        }
        catch (DiskException)
        {
            // Asked again next time.
        }
    }

    /// <summary>
    /// Takes the marker away: the commit has the file. Without it, and where it cannot be removed, the file counts all the same.
    /// </summary>
    public static void Forget(Disk disk, RepoPaths folder, CommitHash commit, HubFileName file)
    {
        try
        {
            string path = folder.NoExist(commit, file);
            if (disk.Look(path) is { Kind: FileKind.File })
            {
                disk.Delete(path);
            }
        }
        catch (DiskException)
        {
            // A check finds it.
        }
    }

    public static bool IsThere(Disk disk, RepoPaths folder, CommitHash commit, HubFileName file)
    {
        return disk.LookThrough(folder.NoExist(commit, file)) is { Kind: FileKind.File };
    }
}
