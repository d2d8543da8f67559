using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Removing;

/// <summary>Removes what is known of commits beside their snapshots: trees, and marks that say that a commit has no such file.</summary>
internal sealed class ListingRemoval(RemovalContext means)
{
    private RepoPaths Folder => means.Folder;

    /// <summary>
    /// Removes those of the snapshots that went; with the whole repo, also those of commits that have no snapshot any more.
    /// </summary>
    public void Remove(List<SnapshotInventory> going)
    {
        IEnumerable<string> trees = going.Select(snapshot => Folder.Tree(snapshot.Commit));
        IEnumerable<string> markers = going.Select(snapshot => Folder.NoExistOf(snapshot.Commit));
        if (means.Whole is not null)
        {
            trees = means
                .List(Folder.Trees)
                .Where(path => path.EndsWith(".json", StringComparison.Ordinal) && !IsUsed(Path.GetFileNameWithoutExtension(path)));
            markers = means.List(Folder.NoExistFolder).Where(path => !IsUsed(Path.GetFileName(path)));
            means.DeleteLinkInPlaceOf(Folder.Trees);
            means.DeleteLinkInPlaceOf(Folder.NoExistFolder);
        }

        foreach (string tree in trees
            .Where(tree => means.IsFolder(Folder.Trees) && means.Disk.Look(tree) is { Kind: FileKind.File or FileKind.Link })
            .ToList())
        {
            means.Delete(tree);
        }

        means.Flush([Folder.Trees]);

        foreach (string marker in markers.Where(_ => means.IsFolder(Folder.NoExistFolder)).ToList())
        {
            RemoveAll(marker);
        }
    }

    private bool IsUsed(string name)
        => CommitHash.TryParse(name) is CommitHash commit && (means.Uses.Has(commit) || means.Report.IsKept(Folder.Snapshot(commit)));

    /// <summary>Removes markers, which are files in folders; links among them are not followed.</summary>
    private void RemoveAll(string path)
    {
        if (!means.IsFolder(path))
        {
            means.Delete(path);
            return;
        }

        foreach (string inner in means.List(path).ToList())
        {
            RemoveAll(inner);
        }

        means.RemoveFolder(path);
    }
}
