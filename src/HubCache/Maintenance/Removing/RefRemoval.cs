using HubCache.Store;

namespace HubCache.Maintenance.Removing;

/// <summary>Removes refs, before anything that they stand for.</summary>
internal sealed class RefRemoval(RemovalContext means)
{
    /// <summary>
    /// Removes those that are meant alone, and those that stand for snapshots that go; then their folders are put on the disk.
    /// </summary>
    public void Remove(RepoInventory repo, List<SnapshotInventory> going)
    {
        if (means.DeleteLinkInPlaceOf(means.Folder.Refs))
        {
            return;
        }

        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (RefEntry found in repo.Refs)
        {
            RemovalStep? alone = means.Steps.FirstOrDefault(step => step.Kind == "Ref" && step.FullName == found.FullName);
            bool goes = alone is not null || going.Exists(snapshot => snapshot.Commit == found.Commit)
                || (means.Whole is not null && (found.Commit is null || repo.Snapshot(found.Commit) is null));
            if (!goes)
            {
                continue;
            }

            if (found.Commit is not null && means.Uses.Has(found.Commit))
            {
                means.Report.Keep(
                    alone ?? means.Whole!,
                    found.FullName,
                    found.Name,
                    "A download works on its commit or has just returned it.",
                    isAll: alone is not null);
            }
            else if (found.Commit is null || Holds(found))
            {
                if (found.Commit is not null)
                {
                    means.Notes.Leave(found.Name, found.Commit);
                }

                means.Delete(found.FullName);
                folders.Add(Path.GetDirectoryName(found.FullName)!);
            }
            else if (alone is not null)
            {
                means.Report.Keep(alone, found.FullName, found.Name, "It stands for another commit by now.", isAll: true);
            }
        }

        means.Flush(folders);
    }

    /// <summary>The snapshots that no ref has come up for meanwhile; of the others it is written down.</summary>
    public List<SnapshotInventory> WithoutRef(List<SnapshotInventory> going)
    {
        IReadOnlyList<RefEntry> left = means.ReadRefs();
        return going.FindAll(snapshot =>
        {
            if (left.FirstOrDefault(found => found.Commit == snapshot.Commit) is RefEntry found)
            {
                means.Report.Keep(
                    means.StepOf(snapshot)!,
                    snapshot.FullName,
                    snapshot.Commit.Value,
                    $"The ref '{found.Name}' stands for it by now.",
                    isAll: means.Whole is null);
                return false;
            }

            return true;
        });
    }

    private bool Holds(RefEntry found)
        => means.Reading(() => new RefFile(means.Disk, means.Folder, Revision.Parse(found.Name)).Read()) == found.Commit;
}
