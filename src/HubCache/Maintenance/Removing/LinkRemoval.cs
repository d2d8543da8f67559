using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Removing;

/// <summary>Removes names from snapshots, before the blobs that they stand for.</summary>
internal sealed class LinkRemoval(RemovalContext means)
{
    /// <summary>Removes the names of whole snapshots and those that are meant alone; then their folders are put on the disk.</summary>
    public void Remove(RepoInventory repo, List<SnapshotInventory> going)
    {
        if (means.DeleteLinkInPlaceOf(means.Folder.Snapshots))
        {
            return;
        }

        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (SnapshotInventory snapshot in going)
        {
            if (snapshot.Own.Kind == FileKind.Link)
            {
                means.Delete(snapshot.FullName);
                continue;
            }

            RemovalStep step = means.StepOf(snapshot)!;
            foreach (SnapshotEntry entry in snapshot.Entries)
            {
                RemoveEntry(step, entry, folders);
            }
        }

        foreach (RemovalStep step in means.Steps.Where(step => step.Kind == "File"))
        {
            if (repo.Snapshot(step.Commit!)?.Entries.FirstOrDefault(entry => entry.FullName == step.FullName) is not SnapshotEntry entry)
            {
                continue;
            }

            if (means.Uses.Has(step.Commit!))
            {
                means.Report.Keep(
                    step, step.FullName, step.Revision, "A download works on its revision or has just returned it.", isAll: true);
            }
            else
            {
                RemoveEntry(step, entry, folders);
            }
        }

        means.Flush(folders);
    }

    private void RemoveEntry(RemovalStep step, SnapshotEntry entry, HashSet<string> folders)
    {
        if (entry.Own.Kind is not (FileKind.File or FileKind.Link))
        {
            means.Report.Keep(step, entry.FullName, null, "It is neither a file nor a link, and no client's.", isAll: false);
            return;
        }

        if (means.Delete(entry.FullName) && entry.Own.Kind == FileKind.File && entry.Own.Links == 1)
        {
            means.Report.Free(step, entry.Own.Length);
        }

        folders.Add(Path.GetDirectoryName(entry.FullName)!);
        if (entry.Blob is BlobEntry blob)
        {
            means.Report.Candidate(step, blob.FullName);
        }
    }
}
