using System.Globalization;
using HubCache.Model;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Checking;

/// <summary>Checks the names in snapshots: that each leads to its own file's blob, by the way that all clients understand.</summary>
internal sealed class SnapshotNames(RepoReader reader, IReadOnlyDictionary<string, FileFacts> blobs, CommitTrees trees, bool quick)
    : ISnapshotVisitor
{
    private readonly Dictionary<string, Name> _firstNames = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ofScope = new(StringComparer.Ordinal);
    private readonly List<(CommitHash Commit, string Path, string Target, string End)> _links = [];
    private readonly List<(CommitHash Commit, string Path, FileFacts Facts)> _copies = [];
    private readonly List<(CommitHash Commit, string Path)> _folders = [];
    private readonly HashSet<string> _commitsWithLinks = new(StringComparer.Ordinal);

    /// <summary>A file of a snapshot.</summary>
    public sealed record Name(CommitHash Commit, string FileName);

    /// <summary>The commit of which it shall be known what blobs it has; null when that does not matter.</summary>
    public CommitHash? Scope { get; init; }

    /// <summary>What is worth knowing of names with which nothing is wrong here: those that Windows cannot have.</summary>
    public IEnumerable<string> Notes()
    {
        return _links.Select(link => link.Path).Concat(_copies.Select(copy => copy.Path))
            .Select(path => RepoPlaces.FileAt(reader.Folder, path).FileName!).Distinct(StringComparer.Ordinal)
            .Select(file => (File: file, Fault: NameRules.Windows.FaultOfPath(file))).Where(name => name.Fault is not null)
            .Select(name => $"{reader.Folder.Id}: '{name.File}' could not be used on Windows, where its name {name.Fault}.");
    }

    /// <summary>The first name that leads to a blob; null when none does.</summary>
    public Name? FirstOf(string etag) => _firstNames.GetValueOrDefault(etag);

    /// <summary>Whether a name of the commit in <see cref="Scope"/> leads to the blob.</summary>
    public bool IsOfScope(string etag) => _ofScope.Contains(etag);

    public void Link(CommitHash commit, string path, string target, string end)
    {
        _commitsWithLinks.Add(commit.Value);
        _links.Add((commit, path, target, end));
    }

    public void Copy(CommitHash commit, string path, FileFacts facts) => _copies.Add((commit, path, facts));

    public void Folder(CommitHash commit, string path) => _folders.Add((commit, path));

    /// <summary>Checks all names, once they are known; says which have to be hashed for that.</summary>
    public IEnumerable<HashJob> Check()
    {
        DoubtListings();
        foreach ((CommitHash commit, string path, string target, string end) in _links)
        {
            Judge(commit, path, target, end);
        }

        foreach ((CommitHash commit, string path) in _folders)
        {
            JudgeFolder(commit, path);
        }

        return _copies.Select(copy => Judge(copy.Commit, copy.Path, copy.Facts)).OfType<HashJob>().ToList();
    }

    /// <summary>
    /// A listing that knows none of the names in its snapshot is the one that is wrong: they came from the Hub one by one, and it came
    /// whole.
    /// </summary>
    private void DoubtListings()
    {
        IEnumerable<CommitHash> withNames = _links
            .Select(link => link.Commit)
            .Concat(_copies.Where(copy => !RepoPlaces.IsDesktopFile(copy.Path)).Select(copy => copy.Commit));
        foreach (CommitHash commit in withNames.Distinct())
        {
            if (trees.Of(commit) is IReadOnlyDictionary<string, TreeEntry> tree && !tree.Keys.Any(path => IsThere(commit, path)))
            {
                trees.Drop(commit);
                reader.Note(ProblemKind.BadTree, reader.Folder.Tree(commit), "lists none of the files that the snapshot has");
            }
        }

        bool IsThere(CommitHash commit, string path)
            => HubFileName.TryParse(path) is HubFileName name && reader.Look(reader.Folder.SnapshotFile(commit, name)) is not null;
    }

    private void Judge(CommitHash commit, string path, string target, string end)
    {
        string file = RepoPlaces.FileAt(reader.Folder, path).FileName!;
        if (HubFileName.TryParse(file) is not HubFileName name)
        {
            reader.Note(ProblemKind.ForeignFile, path, "is no name that a file of a repo can have");
            return;
        }

        TreeEntry? entry = trees.Of(commit)?.GetValueOrDefault(file);
        if (ETag.TryParse(Path.GetFileName(end)) is not ETag etag || !LeadsTo(end, etag))
        {
            reader.Note(ProblemKind.WrongLink, path, $"is a link to something that is no blob of the repo: '{target}'");
            return;
        }

        _firstNames.TryAdd(etag.Value, new Name(commit, file));
        if (commit == Scope)
        {
            _ofScope.Add(etag.Value);
        }

        if (entry is not null && entry.ETag != etag)
        {
            reader.Note(ProblemKind.WrongLink, path, $"is a link to blob {etag}, and the file's is {entry.ETag}");
        }
        else if (entry is null && trees.Of(commit) is not null)
        {
            reader.Note(ProblemKind.ForeignFile, path, "is the name of no file of the commit");
        }
        else if (Path.IsPathRooted(target))
        {
            reader.Note(ProblemKind.AbsoluteLink, path, $"is an absolute link, which breaks when the cache is moved: '{target}'");
        }
        else if (target != RepoPaths.LinkTarget(name, etag))
        {
            reader.Note(ProblemKind.OddLink, path, $"is a link that other clients do not understand: '{target}'");
        }
    }

    private void JudgeFolder(CommitHash commit, string path)
    {
        string file = RepoPlaces.FileAt(reader.Folder, path).FileName!;
        int before = reader.Findings.Count;
        if (trees.Of(commit)?.ContainsKey(file) == true)
        {
            reader.Note(ProblemKind.NotAFile, path, "is a folder in the place of a file");
        }
        else if (!reader.Entries(path).Any() && reader.Findings.Count == before)
        {
            reader.Note(reader.NewFinding(ProblemKind.NotAFile, path, "is an empty folder, perhaps in the place of a file") with
            {
                Severity = ProblemSeverity.Warning
            });
        }
    }

    /// <summary>The files of commits that the snapshots lack, as far as the listings know.</summary>
    public void FindMissing(IReadOnlyList<Snapshot> snapshots)
    {
        // What lies behind a link to a folder is not the snapshot's.
        var leftovers = new PartialFileNames(reader.Disk, reader.Folder);
        var folders = _folders.Select(folder => folder.Path).ToHashSet(StringComparer.Ordinal);
        foreach (Snapshot snapshot in snapshots)
        {
            folders.Add(reader.Folder.Snapshot(snapshot.Commit));
            foreach (TreeEntry entry in trees.Of(snapshot.Commit)?.Values ?? [])
            {
                if (HubFileName.TryParse(entry.Path) is HubFileName name && !IsThere(reader.Folder.SnapshotFile(snapshot.Commit, name)))
                {
                    Missing(snapshot.Commit, name, entry);
                }
            }
        }

        // What may not be looked at is unknown.
        bool IsThere(string path)
        {
            try
            {
                return reader.Disk.Look(path) is not null
                    && (folders.Contains(Path.GetDirectoryName(path)!) || leftovers.IsReachedWithoutLinks(path));
            }
            catch (DiskException)
            {
                return true;
            }
        }
    }

    private void Missing(CommitHash commit, HubFileName name, TreeEntry entry)
    {
        string path = reader.Folder.SnapshotFile(commit, name);
        if (!blobs.ContainsKey(reader.Folder.Blob(entry.ETag)))
        {
            reader.Note(ProblemKind.MissingFile, path, string.Create(
                CultureInfo.InvariantCulture, $"is not in the snapshot: a file of {entry.Length} bytes, which perhaps nobody asked for"));
            return;
        }

        // A blob with another name is as likely one that two commits share, of which only one was wanted.
        bool isLost = FirstOf(entry.ETag.Value) is null;
        reader.Note(reader.NewFinding(ProblemKind.MissingLink, path, "is not in the snapshot, and its blob is there") with
        {
            Severity = isLost ? ProblemSeverity.Warning : ProblemSeverity.Information,
        });
    }

    /// <summary>Whether a path is the blob's, or that of the file in the shared store to which the blob leads.</summary>
    private bool LeadsTo(string end, ETag etag)
    {
        string blob = reader.Folder.Blob(etag);
        return end == blob
            || (reader.LookThrough(blob) is FileFacts one && reader.LookThrough(end) is FileFacts other && one.Identity == other.Identity);
    }

    /// <summary>A file in the place of a link: clients without links leave right ones.</summary>
    private HashJob? Judge(CommitHash commit, string path, FileFacts facts)
    {
        string file = RepoPlaces.FileAt(reader.Folder, path).FileName!;
        if (RepoPlaces.IsDesktopFile(path))
        {
            return null;
        }

        IReadOnlyDictionary<string, TreeEntry>? tree = trees.Of(commit);
        TreeEntry? entry = tree?.GetValueOrDefault(file);
        if (tree is not null && entry is null)
        {
            reader.Note(ProblemKind.ForeignFile, path, "is no file of the commit");
            return null;
        }

        if (entry is null && !_commitsWithLinks.Contains(commit.Value))
        {
            // A snapshot without a single link was made by a client that makes none: it is not known what its bytes should be.
            return null;
        }

        Finding wrong = reader.NewFinding(
            ProblemKind.WrongCopy, path, entry is null
                ? "is a file in the place of a link, and no blob has its bytes"
                : $"is a file in the place of a link, and its bytes are not those of {entry.ETag}");
        IReadOnlyList<ETag> names = entry is not null ? [entry.ETag]
            : [.. blobs
                .Where(blob => blob.Value.Length == facts.Length)
                .Select(blob => ETag.TryParse(Path.GetFileName(blob.Key)))
                .OfType<ETag>()];
        if (names.Count == 0 || (entry is not null && entry.Length != facts.Length && quick))
        {
            reader.Note(wrong);
            return null;
        }

        return new HashJob(path, facts, names, wrong) { IfUnreadable = reason => reader.NewFinding(ProblemKind.Unreadable, path, reason) };
    }
}
