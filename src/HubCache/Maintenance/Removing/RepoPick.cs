using HubCache.Store;

namespace HubCache.Maintenance.Removing;

/// <summary>What is to go of one repo.</summary>
internal sealed class RepoPick(RepoInventory repo)
{
    private readonly HashSet<CommitHash> _commits = [];
    private readonly HashSet<RefEntry> _refs = [];
    private readonly Dictionary<CommitHash, HashSet<SnapshotEntry>> _files = [];

    public RepoInventory Repo => repo;

    /// <summary>Whether all of it goes.</summary>
    public bool IsWhole { get; set; }

    /// <summary>Whether blobs that nothing refers to go.</summary>
    public bool WithOrphans { get; set; }

    public IEnumerable<SnapshotInventory> Snapshots
        => IsWhole ? repo.Snapshots : repo.Snapshots.Where(snapshot => _commits.Contains(snapshot.Commit));

    /// <summary>Refs that go alone: others stand for the same commit, or there is no snapshot of it.</summary>
    public IEnumerable<RefEntry> Refs
        => _refs.Where(found => found.Commit is null || !_commits.Contains(found.Commit) || repo.Snapshot(found.Commit) is null);

    public IEnumerable<(CommitHash Commit, SnapshotEntry Entry)> Files
        => _files
            .Where(files => !_commits.Contains(files.Key))
            .SelectMany(files => files.Value.OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(entry => (files.Key, entry)));

    /// <summary>Blobs that nothing refers to, as far as they go.</summary>
    public IEnumerable<BlobEntry> Orphans => IsWhole || WithOrphans || _commits.Count > 0 ? repo.Orphans() : [];

    /// <summary>When what goes was last read or written, UTC; null when only refs, files or blobs that nothing refers to go.</summary>
    public DateTime? LastUse => Snapshots.Any() ? Snapshots.Max(Removing.LastUse.Of) : null;

    public bool IsEmpty => !IsWhole && _commits.Count == 0 && _refs.Count == 0 && _files.Count == 0 && !Orphans.Any();

    public void Add(CommitHash commit) => _commits.Add(commit);

    /// <summary>Takes a ref in; with the last that stands for a commit, the commit.</summary>
    public void Add(RefEntry found)
    {
        _refs.Add(found);
        if (found.Commit is CommitHash commit && repo.Refs.Where(other => other.Commit == commit).All(_refs.Contains))
        {
            Add(commit);
        }
    }

    /// <summary>Takes a ref in that an interrupted removal took away, and the commit with it if no other ref stands for that.</summary>
    public void Resume(RefEntry gone)
    {
        _refs.Add(gone);
        if (repo.Refs.All(other => other.Commit != gone.Commit))
        {
            Add(gone.Commit!);
        }
    }

    /// <summary>Takes files in; with the last of a snapshot, the snapshot, whose refs must go first.</summary>
    public void Add(SnapshotInventory snapshot, IReadOnlyList<SnapshotEntry> entries)
    {
        if (!_files.TryGetValue(snapshot.Commit, out HashSet<SnapshotEntry>? files))
        {
            _files.Add(snapshot.Commit, files = []);
        }

        files.UnionWith(entries);
        if (files.Count == snapshot.Entries.Count)
        {
            Add(snapshot.Commit);
        }
    }
}
