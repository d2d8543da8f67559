using HubCache.Cache;
using HubCache.Platform;

namespace HubCache;

/// <summary>Moves things out of the way without losing them: under a name in <c>blobs/</c> that every client's clean-up knows as a dead leftover.</summary>
internal sealed class Aside(Disk disk, RepoFolder folder)
{
    /// <summary>Moves a file; removes a link, which holds nothing; empties a folder so and removes it.</summary>
    /// <returns>What was done, the end of a sentence; null when nothing was there.</returns>
    /// <exception cref="DiskException">It could not be moved.</exception>
    public string? Move(string path)
    {
        switch (disk.Look(path)?.Kind)
        {
            case null:
                return null;
            case FileKind.File:
                return $"set aside as '{MoveFile(path)}'; Remove-HubIncomplete frees its room";
            case FileKind.Folder:
                foreach (string name in disk.List(path))
                {
                    _ = Move(Path.Combine(path, name));
                }

                disk.RemoveEmptyFolder(path);
                if (disk.Look(path) is not null)
                {
                    throw new DiskException(DiskError.Other, "rmdir", path, "something came into it meanwhile");
                }

                return "set aside what was in the folder; Remove-HubIncomplete frees its room";
            default:
                disk.Delete(path);
                return "removed";
        }
    }

    private string MoveFile(string path)
    {
        FolderMaker.Ensure(disk, folder.Blobs);

        // Of a process of ours that does not hold it open: dead at once by every rule, and never gone on with by a download.
        string name = IncompleteName.New(RepoPlaces.AsidePrefix).ToString();
        disk.Rename(path, Path.Combine(folder.Blobs, name));
        disk.FlushFolder(folder.Blobs);
        disk.FlushFolder(Path.GetDirectoryName(path)!);
        return name;
    }
}
