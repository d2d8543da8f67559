using HubCache.Maintenance.Checking;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Repairing;

/// <summary>A file of a commit: a name by which the Hub can be asked for a blob.</summary>
internal sealed record CommitFile(CommitHash Commit, HubFileName Name);

/// <summary>Which names lead to which blobs, by the links in the snapshots and by the listings.</summary>
internal sealed class NamesOfBlobs : ISnapshotVisitor
{
    private readonly RepoPaths _folder;
    private readonly CommitTrees _trees;
    private readonly Dictionary<string, List<CommitFile>> _linked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _commits = new(StringComparer.Ordinal);

    private NamesOfBlobs(RepoPaths folder, CommitTrees trees) => (_folder, _trees) = (folder, trees);

    /// <summary>Reads links and listings.</summary>
    public static NamesOfBlobs Read(Disk disk, RepoPaths folder, CancellationToken cancellationToken)
    {
        var reader = new RepoReader(disk, folder, cancellationToken);
        var names = new NamesOfBlobs(folder, CommitTrees.Read(reader, new HashSet<string>()));
        var tally = new FileTally();
        IReadOnlyList<Snapshot> snapshots = new SnapshotScan(reader, new BlobScan(reader, tally).Run(), tally, names).Run();
        names._commits.UnionWith(snapshots.Select(snapshot => snapshot.Commit.Value));
        return names;
    }

    /// <summary>What a file of a commit is; null when no listing says so.</summary>
    public TreeEntry? EntryOf(CommitFile file) => _trees.Of(file.Commit)?.GetValueOrDefault(file.Name.Value);

    /// <summary>Whether there is a listing of the commit.</summary>
    public bool HasListing(CommitHash commit) => _trees.Of(commit) is not null;

    /// <summary>The names whose links lead to a blob.</summary>
    public IReadOnlyList<CommitFile> LinkedTo(ETag etag) => _linked.TryGetValue(etag.Value, out List<CommitFile>? names) ? names : [];

    /// <summary>
    /// A name by which the blob can be asked for; null when there is none. Of commits whose snapshot is gone nobody wants anything.
    /// </summary>
    public CommitFile? NameOf(ETag etag)
    {
        // A listing speaks of the commit; a link may be the very thing that is wrong.
        foreach (CommitHash commit in _trees.Commits.Where(commit => _commits.Contains(commit.Value)))
        {
            TreeEntry? entry =
                _trees.Of(commit)!.Values.FirstOrDefault(entry => entry.ETag == etag && HubFileName.TryParse(entry.Path) is not null);
            if (entry is not null)
            {
                return new CommitFile(commit, HubFileName.Parse(entry.Path));
            }
        }

        return LinkedTo(etag).FirstOrDefault(name => EntryOf(name) is null);
    }

    public void Link(CommitHash commit, string path, string target, string end)
    {
        if (ETag.TryParse(Path.GetFileName(end)) is ETag etag
            && HubFileName.TryParse(RepoPlaces.FileAt(_folder, path).FileName!) is HubFileName name)
        {
            if (!_linked.TryGetValue(etag.Value, out List<CommitFile>? names))
            {
                _linked.Add(etag.Value, names = []);
            }

            names.Add(new CommitFile(commit, name));
        }
    }

    public void Copy(CommitHash commit, string path, FileFacts facts)
    {
    }

    public void Folder(CommitHash commit, string path)
    {
    }
}
