using HubCache.Names;
using HubCache.Store;

namespace HubCache.Maintenance.Removing;

/// <summary>Removes folders in which nothing is left, last of all.</summary>
internal sealed class FolderRemoval(RemovalContext means)
{
    private RepoPaths Folder => means.Folder;

    /// <summary>The folders that a cache has in a repo, in the order in which they may go: those that other clients ask for last.</summary>
    private string[] Skeleton => [Folder.NoExistFolder, Folder.Trees, Folder.Blobs, Folder.Refs, Folder.Snapshots];

    /// <summary>
    /// Removes the folders of snapshots and files that went, and the repo's when nothing is left in it; what stays of a whole repo is
    /// written down.
    /// </summary>
    public void Remove(List<SnapshotInventory> going)
    {
        foreach (SnapshotInventory snapshot in going)
        {
            RemoveDeepestFirst(snapshot.Folders);
            means.RemoveFolder(Folder.NoExistOf(snapshot.Commit));
        }

        foreach (RemovalStep file in means.Steps.Where(step => step.Kind == "File"))
        {
            for (string parent = Path.GetDirectoryName(file.FullName)!; parent != Folder.Snapshot(
                file.Commit!); parent = Path.GetDirectoryName(parent)!)
            {
                means.RemoveFolder(parent);
            }
        }

        RemoveDeepestFirst(Below(Folder.Refs));
        RemoveDeepestFirst(Below(Folder.NoExistFolder));
        RemoveSkeleton();

        // What is reported as removed does not come back with a power cut.
        means.Flush([Folder.NoExistFolder, Folder.Refs, Folder.Snapshots, Folder.FullName, Folder.CachePath]);
        if (means.Whole is not null && means.Disk.Look(Folder.FullName) is not null)
        {
            means.Report.KeepRest(means.Whole, Rest());
        }
    }

    private void RemoveSkeleton()
    {
        if (Rest().Count > 0)
        {
            return;
        }

        foreach (string folder in Skeleton.Append(Folder.FullName))
        {
            means.RemoveFolder(folder);
        }
    }

    /// <summary>Whatever else lies in the repo's folder and is no empty folder of a cache.</summary>
    private List<string> Rest()
        => [.. means.List(Folder.FullName).SelectMany(path => Skeleton.Contains(path) && means.IsFolder(path) ? means.List(path) : [path])];

    private List<string> Below(string folder)
        => [.. means.List(folder).Where(means.IsFolder).SelectMany(inner => Below(inner).Prepend(inner))];

    private void RemoveDeepestFirst(IEnumerable<string> folders)
    {
        foreach (string folder in folders.OrderByDescending(folder => folder.Length))
        {
            means.RemoveFolder(folder);
        }
    }
}
