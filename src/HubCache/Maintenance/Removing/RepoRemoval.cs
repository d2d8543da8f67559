using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;
using HubCache.Xet;

namespace HubCache.Maintenance.Removing;

/// <summary>
/// Removes what some steps say from one repo, in the one order that is safe to be killed in: refs, links, listings, blobs, folders.
/// </summary>
internal sealed class RepoRemoval : IDisposable
{
    private readonly RemovalContext _means;
    private readonly IncompleteCensus _census;
    private readonly IReadOnlyList<IncompleteFile> _incomplete;
    private readonly BlobRemoval _blobs;

    /// <summary>Begins: the repo is marked, and looked at a first time.</summary>
    public RepoRemoval(
        Disk disk,
        IReadOnlyList<RemovalStep> steps,
        IncompleteCensus census,
        IReadOnlyList<IncompleteFile> incomplete,
        CancellationToken stop)
    {
        (_census, _incomplete) = (census, incomplete);
        _means = new RemovalContext(disk, steps, new RepoUses(disk, steps[0].Folder, incomplete), stop);
        try
        {
            _blobs = new BlobRemoval(_means, _means.Read());
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public RepoPaths Folder => _means.Folder;

    /// <summary>Removes, and tells what became of each step.</summary>
    /// <exception cref="DiskException">Something could not be read or removed.</exception>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheWriteFailed"/>: the removal was held up, and a download
    /// began.</exception>
    public void Run(Action<RemovedItem> onRemoved)
    {
        _means.Uses.Read();
        if (_means.Read() is not RepoInventory repo)
        {
            return;
        }

        if (repo.Linked == Folder.FullName)
        {
            RemoveLinkToRepo(onRemoved);
            return;
        }

        var refs = new RefRemoval(_means);
        List<SnapshotInventory> going = Going(repo);
        refs.Remove(repo, going);
        going = refs.WithoutRef(going);
        new LinkRemoval(_means).Remove(repo, going);
        new ListingRemoval(_means).Remove(going);
        _blobs.Remove(withOrphans: going.Count > 0);
        ChunkLists.Sweep(_means.Disk, Folder);
        RemoveIncomplete();
        _blobs.SweepStore();
        new FolderRemoval(_means).Remove(going);
        Forget(repo);
        foreach (RemovedItem item in _means.Report.Items(_means.Steps))
        {
            onRemoved(item);
        }
    }

    public void Dispose() => _means.Uses.Dispose();

    /// <summary>Takes the notes away of what was removed: from here on nothing is left for another call.</summary>
    private void Forget(RepoInventory repo)
    {
        IEnumerable<CommitHash> done = _means.Whole is null ? _means.Steps.Select(step => step.Commit).OfType<CommitHash>()
            : repo.Refs.Select(found => found.Commit).Concat(repo.Snapshots.Select(snapshot => snapshot.Commit)).OfType<CommitHash>();
        _means.Notes.Forget(done.ToHashSet());
    }

    private void RemoveLinkToRepo(Action<RemovedItem> onRemoved)
    {
        if (_means.Whole is RemovalStep whole && _means.IsLink(Folder.FullName))
        {
            _means.Delete(Folder.FullName);
            onRemoved(_means.Report.Item(whole, "Only the link was removed; what it leads to stays."));
        }
    }

    /// <summary>The snapshots that can go; of the others it is written down why not.</summary>
    private List<SnapshotInventory> Going(RepoInventory repo)
    {
        var going = new List<SnapshotInventory>();
        foreach (SnapshotInventory snapshot in repo.Snapshots)
        {
            if (_means.StepOf(snapshot) is not RemovalStep step)
            {
                continue;
            }

            if (_means.Uses.Objection(snapshot, repo.Refs.All(found => found.Commit != snapshot.Commit)) is string objection)
            {
                _means.Report.Keep(step, snapshot.FullName, snapshot.Commit.Value, objection, isAll: _means.Whole is null);
            }
            else
            {
                going.Add(snapshot);
            }
        }

        return going;
    }

    private void RemoveIncomplete()
    {
        if (_means.Whole is not RemovalStep whole)
        {
            return;
        }

        foreach (IncompleteFile file in _incomplete)
        {
            _means.Uses.Check();
            RemovedItem item = _census.Remove(file, force: false);
            _means.Report.Free(whole, item.BytesFreed);
            if (item.Kind == "Kept")
            {
                _means.Report.Keep(whole, item.FullName, null, item.Reason, isAll: false);
            }
        }
    }
}
