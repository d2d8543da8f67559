using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Store;

/// <summary>What a snapshot's folder holds. Whether the snapshot is complete cannot be told from it.</summary>
internal static class SnapshotFolder
{
    /// <summary>
    /// The names in a snapshot, in order. A name that no file of a repo can have is left out, and so is a link that leads nowhere.
    /// </summary>
    /// <exception cref="DiskException">A part of it cannot be read: then nobody knows the names.</exception>
    public static IReadOnlyList<HubFileName> List(Disk disk, RepoPaths folder, CommitHash commit)
    {
        var names = new List<HubFileName>();
        var folders = new Stack<string>([string.Empty]);
        while (folders.TryPop(out string? inside))
        {
            foreach (string entry in disk.List(Path.Combine(folder.Snapshot(commit), inside)))
            {
                string path = inside.Length == 0 ? entry : $"{inside}/{entry}";
                if (HubFileName.TryParse(path) is not HubFileName name)
                {
                    continue;
                }

                // Only folders are gone into, and no links to them, which could lead anywhere or round in circles.
                switch (KindOf(disk, folder.SnapshotFile(commit, name)))
                {
                    case FileKind.Folder:
                        folders.Push(path);
                        break;
                    case FileKind.File:
                        names.Add(name);
                        break;
                }
            }
        }

        return [.. names.OrderBy(name => name.Value, StringComparer.Ordinal)];
    }

    private static FileKind? KindOf(Disk disk, string path)
    {
        return disk.Look(path)?.Kind == FileKind.Folder ? FileKind.Folder
            : disk.LookThrough(path)?.Kind == FileKind.File ? FileKind.File
            : null;
    }
}
