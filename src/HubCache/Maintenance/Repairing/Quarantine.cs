using HubCache.Maintenance.Checking;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Maintenance.Repairing;

/// <summary>
/// Moves things out of the way without losing them: under a name in <c>blobs/</c> that every client's clean-up knows as a dead leftover.
/// </summary>
internal sealed class Quarantine(Disk disk, RepoPaths folder)
{
    /// <summary>What <see cref="Move"/> says of what held nothing that could be lost.</summary>
    public const string Removed = "removed";

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
                bool heldNothing = true;
                foreach (string name in disk.List(path))
                {
                    heldNothing &= Move(Path.Combine(path, name)) is null or Removed;
                }

                disk.RemoveEmptyFolder(path);
                if (disk.Look(path) is not null)
                {
                    throw new DiskException(DiskError.Other, "rmdir", path, "something came into it meanwhile");
                }

                return heldNothing ? Removed : "emptied and removed, and what was in it was set aside; Remove-HubIncomplete frees its room";
            default:
                disk.Delete(path);
                return Removed;
        }
    }

    private string MoveFile(string path)
    {
        // Of a process of ours that does not hold it open: dead at once by every rule, and never gone on with by a download.
        string name = IncompleteName.New(RepoPlaces.AsidePrefix).ToString();
        if (path == folder.Blobs || path == folder.FullName)
        {
            // It lies where the folder has to be that it goes to.
            string beside = Path.Combine(Path.GetDirectoryName(path)!, name);
            disk.Rename(path, beside);
            path = beside;
        }

        FolderMaker.Ensure(disk, folder.Blobs);
        disk.Rename(path, Path.Combine(folder.Blobs, name));
        disk.FlushFolder(folder.Blobs);
        disk.FlushFolder(Path.GetDirectoryName(path)!);
        return name;
    }
}
