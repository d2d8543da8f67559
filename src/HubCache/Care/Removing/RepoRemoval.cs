using System.Diagnostics;
using HubCache.Cache;
using HubCache.Names;
using HubCache.Platform;

namespace HubCache;

/// <summary>Removes what some steps say from one repo, in the one order that is safe to be killed in: refs, links, listings, blobs, folders.</summary>
internal sealed class RepoRemoval : IDisposable
{
    // What other clients link meanwhile is looked for again at least so often.
    private static readonly TimeSpan LongestUnseen = TimeSpan.FromMilliseconds(200);

    private readonly Disk _disk;
    private readonly IReadOnlyList<RemovalStep> _steps;
    private readonly IncompleteCensus _census;
    private readonly IReadOnlyList<IncompleteFile> _incomplete;
    private readonly CancellationToken _stop;
    private readonly RepoUses _uses;
    private readonly RemovalReport _report;
    private readonly HashSet<string> _orphansBefore;

    /// <summary>Begins: the repo is marked, and looked at a first time.</summary>
    public RepoRemoval(Disk disk, IReadOnlyList<RemovalStep> steps, IncompleteCensus census, IReadOnlyList<IncompleteFile> incomplete, CancellationToken stop)
    {
        (_disk, _steps, _census, _incomplete, _stop) = (disk, steps, census, incomplete, stop);
        Folder = steps[0].Folder;
        _report = new RemovalReport(Folder);
        _uses = new RepoUses(disk, Folder, incomplete);
        try
        {
            _orphansBefore = Read()?.Orphans().Select(blob => blob.FullName).ToHashSet(StringComparer.Ordinal) ?? [];
        }
        catch
        {
            _uses.Dispose();
            throw;
        }
    }

    public RepoFolder Folder { get; }

    private RemovalStep? Whole => _steps.FirstOrDefault(step => step.Kind == "Repo");

    /// <summary>Removes, and tells what became of each step.</summary>
    /// <exception cref="DiskException">Something could not be read or removed.</exception>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheWriteFailed"/>: the removal was held up, and a download began.</exception>
    public void Run(Action<RemovedItem> onRemoved)
    {
        _uses.Read();
        if (Read() is not RepoInventory repo)
        {
            return;
        }

        if (repo.Linked == Folder.FullName)
        {
            RemoveLinkToRepo(onRemoved);
            return;
        }

        List<SnapshotInventory> going = Going(repo);
        RemoveRefs(repo, going);
        going = WithoutRef(going);
        RemoveLinks(repo, going);
        RemoveListings(going);
        RemoveBlobs(going.Count > 0);
        RemoveIncomplete();
        RemoveFolders(going);
        SweepStore();
        foreach (RemovedItem item in _report.Items(_steps))
        {
            onRemoved(item);
        }
    }

    public void Dispose() => _uses.Dispose();

    private void RemoveLinkToRepo(Action<RemovedItem> onRemoved)
    {
        if (Whole is RemovalStep whole && _disk.Look(Folder.FullName) is { Kind: FileKind.Link })
        {
            Delete(Folder.FullName);
            onRemoved(_report.Item(whole, "Only the link was removed; what it leads to stays."));
        }
    }

    /// <summary>The snapshots that can go; of the others it is written down why not.</summary>
    private List<SnapshotInventory> Going(RepoInventory repo)
    {
        var going = new List<SnapshotInventory>();
        foreach (SnapshotInventory snapshot in repo.Snapshots)
        {
            RemovalStep? step = Whole ?? _steps.FirstOrDefault(each => each.Kind == "Revision" && each.Commit == snapshot.Commit);
            if (step is null)
            {
                continue;
            }

            if (_uses.Objection(snapshot, repo.Refs.All(found => found.Commit != snapshot.Commit)) is string objection)
            {
                _report.Keep(step, snapshot.FullName, snapshot.Commit.Value, objection, isAll: step != Whole);
            }
            else
            {
                going.Add(snapshot);
            }
        }

        return going;
    }

    private void RemoveRefs(RepoInventory repo, List<SnapshotInventory> going)
    {
        if (Whole is not null && _disk.Look(Folder.Refs) is { Kind: FileKind.Link })
        {
            Delete(Folder.Refs);
            return;
        }

        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (RefEntry found in repo.Refs)
        {
            RemovalStep? alone = _steps.FirstOrDefault(step => step.Kind == "Ref" && step.FullName == found.FullName);
            bool goes = alone is not null || going.Exists(snapshot => snapshot.Commit == found.Commit)
                || (Whole is not null && (found.Commit is null || repo.Snapshot(found.Commit) is null));
            if (!goes)
            {
                continue;
            }

            if (found.Commit is not null && _uses.Has(found.Commit))
            {
                _report.Keep(alone ?? Whole!, found.FullName, found.Name, "A download works on its commit or has just returned it.", isAll: alone is not null);
            }
            else if (found.Commit is null || Holds(found))
            {
                Delete(found.FullName);
                folders.Add(Path.GetDirectoryName(found.FullName)!);
            }
            else if (alone is not null)
            {
                _report.Keep(alone, found.FullName, found.Name, "It stands for another commit by now.", isAll: true);
            }
        }

        Flush(folders);
    }

    /// <summary>The snapshots that no ref has come up for meanwhile.</summary>
    private List<SnapshotInventory> WithoutRef(List<SnapshotInventory> going)
    {
        IReadOnlyList<RefEntry> left = RepoInventory.ReadRefs(_disk, Folder, _stop);
        return going.FindAll(snapshot =>
        {
            if (left.FirstOrDefault(found => found.Commit == snapshot.Commit) is RefEntry found)
            {
                _report.Keep(StepOf(snapshot), snapshot.FullName, snapshot.Commit.Value, $"The ref '{found.Name}' stands for it by now.", isAll: Whole is null);
                return false;
            }

            return true;
        });
    }

    private RemovalStep StepOf(SnapshotInventory snapshot) => Whole ?? _steps.First(step => step.Kind == "Revision" && step.Commit == snapshot.Commit);

    private void RemoveLinks(RepoInventory repo, List<SnapshotInventory> going)
    {
        if (Whole is not null && _disk.Look(Folder.Snapshots) is { Kind: FileKind.Link })
        {
            Delete(Folder.Snapshots);
            return;
        }

        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (SnapshotInventory snapshot in going)
        {
            RemovalStep step = StepOf(snapshot);
            if (snapshot.Own.Kind == FileKind.Link)
            {
                Delete(snapshot.FullName);
                continue;
            }

            foreach (SnapshotEntry entry in snapshot.Entries)
            {
                RemoveEntry(step, entry, folders);
            }
        }

        foreach (RemovalStep step in _steps.Where(step => step.Kind == "File"))
        {
            if (repo.Snapshot(step.Commit!)?.Entries.FirstOrDefault(entry => entry.FullName == step.FullName) is not SnapshotEntry entry)
            {
                continue;
            }

            if (_uses.Has(step.Commit!))
            {
                _report.Keep(step, step.FullName, step.Revision, "A download works on its revision or has just returned it.", isAll: true);
            }
            else
            {
                RemoveEntry(step, entry, folders);
            }
        }

        Flush(folders);
    }

    private void RemoveEntry(RemovalStep step, SnapshotEntry entry, HashSet<string> folders)
    {
        if (entry.Own.Kind is not (FileKind.File or FileKind.Link))
        {
            _report.Keep(step, entry.FullName, null, "It is neither a file nor a link, and no client's.", isAll: false);
            return;
        }

        if (Delete(entry.FullName) && entry.Own.Kind == FileKind.File && entry.Own.Links == 1)
        {
            _report.Free(step, entry.Own.Length);
        }

        folders.Add(Path.GetDirectoryName(entry.FullName)!);
        if (entry.Blob is BlobEntry blob)
        {
            _report.Candidate(step, blob.FullName);
        }
    }

    private void RemoveListings(List<SnapshotInventory> going)
    {
        string noExist = Path.Combine(Folder.FullName, ".no_exist");
        IEnumerable<string> trees = going.Select(snapshot => Folder.Tree(snapshot.Commit));
        IEnumerable<string> markers = going.Select(snapshot => Folder.NoExistOf(snapshot.Commit));
        if (Whole is not null)
        {
            // Those of commits that have no snapshot any more, too.
            trees = Listed(Folder.Trees).Where(path => path.EndsWith(".json", StringComparison.Ordinal) && !IsUsed(Path.GetFileNameWithoutExtension(path)));
            markers = Listed(noExist).Where(path => !IsUsed(Path.GetFileName(path)));
            foreach (string link in new[] { Folder.Trees, noExist }.Where(path => _disk.Look(path) is { Kind: FileKind.Link }))
            {
                Delete(link);
            }
        }

        foreach (string tree in trees.Where(tree => IsFolder(Folder.Trees) && _disk.Look(tree) is { Kind: FileKind.File or FileKind.Link }).ToList())
        {
            Delete(tree);
        }

        foreach (string marker in markers.Where(_ => IsFolder(noExist)).ToList())
        {
            RemoveTree(marker);
        }
    }

    private void RemoveBlobs(bool withOrphans)
    {
        if (Whole is not null && _disk.Look(Folder.Blobs) is { Kind: FileKind.Link })
        {
            Delete(Folder.Blobs);
            return;
        }

        if (Read() is not RepoInventory repo || repo.Linked == Folder.FullName)
        {
            return;
        }

        (HashSet<string> referenced, long readAt) = (repo.Referenced(), Stopwatch.GetTimestamp());
        RemovalStep? forOrphans = Whole ?? _steps.FirstOrDefault(step => step.Kind == "Blob") ?? (withOrphans ? _steps.FirstOrDefault(step => step.Kind == "Revision") : null);
        foreach (BlobEntry blob in repo.Blobs)
        {
            RemovalStep? step = _report.StepOf(blob.FullName)
                ?? (ETag.TryParse(blob.Name) is not null && _orphansBefore.Contains(blob.FullName) ? forOrphans : null);
            if (step is null)
            {
                continue;
            }

            if (Stopwatch.GetElapsedTime(readAt) > LongestUnseen)
            {
                (referenced, readAt) = (Read()?.Referenced() ?? [], Stopwatch.GetTimestamp());
            }

            if (referenced.Contains(blob.FullName))
            {
                _report.Share(step);
            }
            else if (_uses.Need(blob.Name) || (_report.StepOf(blob.FullName) is null && _uses.MayBeLinked(blob)))
            {
                _report.Keep(step, blob.FullName, null, "A download needs it, or may.", isAll: false);
            }
            else
            {
                RemoveBlob(step, blob);
            }
        }
    }

    private void RemoveBlob(RemovalStep step, BlobEntry blob)
    {
        string? shared = blob.Own.Kind == FileKind.Link ? new SharedStore(_disk, Folder.CachePath).Target(blob.FullName) : null;
        if (!Delete(blob.FullName))
        {
            return;
        }

        _report.Free(step, blob.Own is { Kind: FileKind.File, Links: 1 } ? blob.Own.Length : 0);
        if (shared is not null)
        {
            Sweep(step, shared);
        }
    }

    private void RemoveIncomplete()
    {
        if (Whole is null)
        {
            return;
        }

        foreach (IncompleteFile file in _incomplete)
        {
            _uses.Check();
            RemovedItem item = _census.Remove(file, force: false);
            _report.Free(Whole, item.BytesFreed);
            if (item.Kind == "Kept")
            {
                _report.Keep(Whole, item.FullName, null, item.Reason, isAll: false);
            }
        }
    }

    private void RemoveFolders(List<SnapshotInventory> going)
    {
        foreach (SnapshotInventory snapshot in going)
        {
            foreach (string folder in snapshot.Folders.OrderByDescending(folder => folder.Length))
            {
                RemoveFolder(folder);
            }

            RemoveFolder(Folder.NoExistOf(snapshot.Commit));
        }

        foreach (RemovalStep file in _steps.Where(step => step.Kind == "File"))
        {
            for (string parent = Path.GetDirectoryName(file.FullName)!; parent != Folder.Snapshot(file.Commit!); parent = Path.GetDirectoryName(parent)!)
            {
                RemoveFolder(parent);
            }
        }

        RemoveSkeleton();
        if (Whole is not null && _disk.Look(Folder.FullName) is not null)
        {
            _report.KeepRest(Whole, Rest());
        }
    }

    /// <summary>A repo in which nothing is left goes, the folders that other clients ask for last.</summary>
    private void RemoveSkeleton()
    {
        foreach (string parent in (string[])[Folder.Refs, Path.Combine(Folder.FullName, ".no_exist")])
        {
            foreach (string folder in Below(parent).OrderByDescending(folder => folder.Length))
            {
                RemoveFolder(folder);
            }
        }

        if (Rest().Count > 0)
        {
            return;
        }

        foreach (string folder in (string[])[Path.Combine(Folder.FullName, ".no_exist"), Folder.Trees, Folder.Blobs, Folder.Refs, Folder.Snapshots, Folder.FullName])
        {
            RemoveFolder(folder);
        }
    }

    /// <summary>Whatever else lies in the repo's folder and is no empty folder of a cache.</summary>
    private List<string> Rest()
    {
        string[] skeleton = [Path.Combine(Folder.FullName, ".no_exist"), Folder.Trees, Folder.Blobs, Folder.Refs, Folder.Snapshots];
        return [.. Listed(Folder.FullName).SelectMany(path => skeleton.Contains(path) && IsFolder(path) ? Listed(path) : [path])];
    }

    private void SweepStore()
    {
        var store = new SharedStore(_disk, Folder.CachePath);
        if (!store.IsThere || _steps.All(step => step.Kind is "Ref"))
        {
            return;
        }

        // Blobs that an earlier removal took before it was killed are known only by the manifests.
        foreach (string file in store.NamedBy(Folder).ToList())
        {
            Sweep(_steps[0], file);
        }
    }

    private void Sweep(RemovalStep step, string file)
    {
        _uses.Check();
        string? doubt;
        try
        {
            (long freed, doubt) = new SharedStore(_disk, Folder.CachePath).Sweep(file);
            _report.Free(step, freed);
        }
        catch (DiskException e)
        {
            // No link of the repo leads there any more; other clients' clean-up finds it too.
            doubt = e.Message;
        }

        if (doubt is not null && _disk.Look(file) is not null)
        {
            _report.Keep(step, file, null, $"It lies in the store that repos share, and {doubt}.", isAll: false);
        }
    }

    private RepoInventory? Read() => RepoInventory.Read(_disk, Folder, _stop);

    private bool Holds(RefEntry found) => new RefFile(_disk, Folder, Revision.Parse(found.Name)).Read() == found.Commit;

    private bool IsUsed(string name) => CommitHash.TryParse(name) is CommitHash commit && (_uses.Has(commit) || _report.IsKept(Folder.Snapshot(commit)));

    private bool IsFolder(string path) => _disk.Look(path) is { Kind: FileKind.Folder };

    private IEnumerable<string> Listed(string folder) => IsFolder(folder) ? _disk.List(folder).Order(StringComparer.Ordinal).Select(name => Path.Combine(folder, name)) : [];

    private List<string> Below(string folder) => [.. Listed(folder).Where(IsFolder).SelectMany(inner => Below(inner).Prepend(inner))];

    /// <summary>Removes markers, which are files in folders; links among them are not followed.</summary>
    private void RemoveTree(string path)
    {
        if (!IsFolder(path))
        {
            Delete(path);
            return;
        }

        foreach (string inner in Listed(path).ToList())
        {
            RemoveTree(inner);
        }

        RemoveFolder(path);
    }

    private bool Delete(string path)
    {
        _stop.ThrowIfCancellationRequested();
        _uses.Check();
        bool isDeleted = _disk.Delete(path);
        _report.HasRemoved |= isDeleted;
        return isDeleted;
    }

    private void RemoveFolder(string path)
    {
        if (IsFolder(path))
        {
            string junk = Path.Combine(path, ".DS_Store");
            if (_disk.List(path) is [".DS_Store"])
            {
                _disk.Delete(junk);
            }

            _disk.RemoveEmptyFolder(path);
        }
    }

    /// <summary>What goes next must not reach the disk before what went.</summary>
    private void Flush(IEnumerable<string> folders)
    {
        foreach (string folder in folders)
        {
            try
            {
                _disk.FlushFolder(folder);
            }
            catch (DiskException e) when (e.Error == DiskError.NotFound)
            {
                // Another tool removed it as well.
            }
        }
    }
}
