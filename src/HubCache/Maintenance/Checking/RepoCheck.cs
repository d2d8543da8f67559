using HubCache.Model;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;
using HubCache.Xet;

namespace HubCache.Maintenance.Checking;

/// <summary>What is known of a repo after a look at it.</summary>
/// <param name="Problems">What is wrong.</param>
/// <param name="Jobs">What has to be hashed to know the rest.</param>
/// <param name="View">Makes problems of what the hashes show.</param>
/// <param name="FileCount">How many names its snapshots have.</param>
internal sealed record RepoReport(IReadOnlyList<CacheProblem> Problems, IReadOnlyList<HashJob> Jobs, ProblemView View, int FileCount)
{
    /// <summary>What is no problem and still worth knowing, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>Checks one repo of a cache, all but the bytes of its blobs.</summary>
internal sealed class RepoCheck(Disk disk, RepoPaths folder, Revision? revision, bool quick, CancellationToken cancellationToken)
{
    private static readonly string[] KnownNames = ["blobs", "refs", "snapshots", "trees", ".no_exist"];

    private readonly RepoReader _reader = new(disk, folder, cancellationToken);
    private readonly FileTally _tally = new();
    private int _fileCount;

    /// <summary>Whether a snapshot has to have all files of its commit, and a listing that says which those are.</summary>
    public bool Complete { get; init; }

    /// <summary>The files that have to be there; null for none.</summary>
    public LockedRepo? Locked { get; init; }

    /// <summary>Looks at everything. Null when the repo's folder went away meanwhile, or when it does not have the revision.</summary>
    public RepoReport? Run()
    {
        CommitHash? scope = Scope();
        if (revision is not null && !Has(revision, scope))
        {
            return null;
        }

        if (!_reader.HasFolder(folder.FullName))
        {
            return _reader.Findings.Count == 0 ? null : Report(new ProblemView(folder, []), _reader.Findings, []);
        }

        // In the order of a removal and against that of a download, as in a scan.
        var leftovers = new PartialFileNames(disk, folder)
            .All(cancellationToken)
            .Where(leftover => !RepoPlaces.IsAside(leftover.Path))
            .ToDictionary(leftover => leftover.Path, leftover => leftover.Facts, StringComparer.Ordinal);
        var asides =
            new PartialFileNames(disk, folder).All(cancellationToken).Select(leftover => leftover.Path).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<Ref> refs = new RefScan(_reader, asides).Run();
        CommitTrees trees = CommitTrees.Read(_reader, asides);
        IReadOnlyDictionary<string, FileFacts> blobs = new BlobScan(_reader, _tally).Run();
        var names = new SnapshotNames(_reader, blobs, trees, quick) { Scope = scope };
        IReadOnlyList<Snapshot> snapshots = new SnapshotScan(_reader, blobs, _tally, names).Run();
        _fileCount = snapshots.Where(snapshot => scope is null || snapshot.Commit == scope).Sum(snapshot => snapshot.FileCount);
        IReadOnlyList<HashJob> locked = Locked is null ? [] : new LockedFilesCheck(_reader, Locked).Check();
        FindUnlisted(snapshots, trees);
        List<HashJob> jobs = [.. locked, .. names.Check(), .. new BlobCheck(_reader, trees, names, quick).Check(blobs)];
        names.FindMissing(snapshots);
        new RefCheck(_reader, asides).Check(refs, snapshots);
        new NoExistCheck(_reader, trees).Check();
        FindForeign(asides);
        FindLeftovers(leftovers);
        FindChunkLists();
        FindPermissions();
        FindLocks();
        var view = new ProblemView(folder, refs);
        RepoReport report = revision is null
            ? Report(view, _reader.Findings, quick ? [] : jobs)
            : Report(
                view,
                _reader.Findings.Where(finding => IsMeant(finding, view, names, scope)),
                quick ? [] : jobs.Where(job => IsMeant(job.IfWrong, view, names, scope)));
        return report with { Notes = [.. names.Notes()] };
    }

    /// <summary>
    /// The commit of the revision; null when there is none, and when its ref cannot be read, which is a finding of its own.
    /// </summary>
    private CommitHash? Scope()
    {
        try
        {
            return revision is null ? null : new CacheLookup(disk, folder).Resolve(revision);
        }
        catch (DiskException)
        {
            return null;
        }
    }

    private bool Has(Revision wanted, CommitHash? commit)
    {
        try
        {
            return disk.Look(folder.Ref(wanted)) is not null || (commit is not null && disk.Look(folder.Snapshot(commit)) is not null);
        }
        catch (DiskException)
        {
            return true;
        }
    }

    private bool IsMeant(Finding finding, ProblemView view, SnapshotNames names, CommitHash? scope)
    {
        return finding.Path == folder.FullName || finding.Path == folder.Ref(revision!)
            || (scope is not null && view.CommitOf(finding) == scope)
            || (RepoPlaces.BlobAt(folder, finding.Path) is ETag etag && names.IsOfScope(etag.Value));
    }

    private RepoReport Report(ProblemView view, IEnumerable<Finding> findings, IEnumerable<HashJob> jobs)
    {
        // One thing, one problem: what may not be read cannot be read either.
        List<Finding> all = [.. findings];
        var denied = all
            .Where(finding => finding.Kind == ProblemKind.WrongPermission)
            .Select(finding => finding.Path)
            .ToHashSet(StringComparer.Ordinal);
        return new RepoReport(
            [.. all
                .Where(finding => !FollowsFrom(denied, finding))
                .DistinctBy(finding => (finding.Kind, finding.Path))
                .Select(Weighed)
                .Select(view.Of)],
            [.. jobs.Select(job => denied.Contains(job.Path) ? job with { IfUnreadable = _ => null } : job)],
            view,
            _fileCount);
    }

    /// <summary>
    /// Whether a finding only says that something may not be read, while the missing right is a finding of its own.
    /// </summary>
    private bool FollowsFrom(HashSet<string> denied, Finding finding)
    {
        return finding.Kind switch
        {
            ProblemKind.Unreadable
                => IsDenied(finding.Path) || (denied.Contains(folder.Blobs) && RepoPaths.LiesIn(finding.Path, folder.Snapshots)),
            ProblemKind.BadRef or ProblemKind.BadTree => denied.Contains(finding.Path) && !CanBeOpened(finding.Path),
            _ => false,
        };

        bool IsDenied(string path)
            => denied.Contains(path) || (path.Length > folder.FullName.Length && IsDenied(Path.GetDirectoryName(path)!));
    }

    private bool CanBeOpened(string path)
    {
        try
        {
            disk.OpenForReading(path, followLink: true).Dispose();
            return true;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    /// <summary>Where every file of a commit has to be there, something has to say which those are.</summary>
    private void FindUnlisted(IReadOnlyList<Snapshot> snapshots, CommitTrees trees)
    {
        if (!Complete)
        {
            return;
        }

        if (snapshots.Count == 0)
        {
            _reader.Note(ProblemKind.MissingTree, folder.FullName, "has no snapshot, and so no file at all");
        }

        foreach (CommitHash commit in snapshots.Select(snapshot => snapshot.Commit).Where(commit => trees.Of(commit) is null))
        {
            _reader.Note(_reader.NewFinding(
                ProblemKind.MissingTree,
                folder.Snapshot(commit),
                "has no listing of its commit: nobody can tell whether its files are complete") with
            { Commit = commit });
        }
    }

    private Finding Weighed(Finding finding)
        => Complete && finding.Kind is (ProblemKind.MissingFile or ProblemKind.MissingLink)
            ? finding with { Severity = ProblemSeverity.Error }
            : finding;

    private void FindForeign(HashSet<string> leftovers)
    {
        foreach (string path in _reader
            .Entries(folder.FullName)
            .Where(path => !leftovers.Contains(path) && !RepoPlaces.IsDesktopFile(path) && !KnownNames.Contains(Path.GetFileName(path))))
        {
            _reader.Note(ProblemKind.ForeignFile, path, "is nothing that a client of the Hub puts there");
        }
    }

    private void FindLeftovers(Dictionary<string, FileFacts> leftovers)
    {
        foreach ((string path, FileFacts facts) in leftovers)
        {
            Verdict? verdict = Liveness.JudgeAtOnce(path);
            if (verdict is { IsDead: true })
            {
                _reader.Note(ProblemKind.Leftover, path, $"is a leftover. {verdict.Value.Reason.TrimEnd('.')}");
            }
            else if (verdict is null && DateTime.UtcNow - facts.Modified >= ProtocolTimes.MinimumAge)
            {
                // One look at an age proves no owner dead; looking twice is for Remove-HubIncomplete.
                _reader.Note(_reader.NewFinding(
                    ProblemKind.Leftover,
                    path,
                    "is a leftover that nobody has touched for a day; Remove-HubIncomplete can find out whether it is dead") with
                {
                    Repairable = false
                });
            }
        }
    }

    /// <summary>Lists of chunks that cannot save a byte any more; they are harmless.</summary>
    private void FindChunkLists()
    {
        foreach (string path in ChunkLists.Of(disk, folder))
        {
            try
            {
                if (ChunkLists.FaultOf(disk, folder, path) is string fault)
                {
                    _reader.Note(ProblemKind.Leftover, path, $"is a list of chunks that {fault}");
                }
            }
            catch (DiskException)
            {
                // The blob that it is of is a problem of its own.
            }
        }
    }

    /// <summary>Other clients fetch nothing, and nothing is removed, where the folder of a repo's locks cannot be made.</summary>
    private void FindLocks()
    {
        string locks = folder.Locks;
        try
        {
            if (disk.Look(locks) is not null)
            {
                _ = _reader.HasFolder(locks);
            }
        }
        catch (DiskException)
        {
            // Its mode, or that of the folder above, is a problem of its own.
        }
    }

    private void FindPermissions()
    {
        if (Permissions.Of(disk, folder) is not Permissions permissions)
        {
            return;
        }

        foreach ((string path, FileFacts facts, int wanted) in permissions.Lacking(_reader).ToList())
        {
            _reader.Note(_reader.NewFinding(ProblemKind.WrongPermission, path, Permissions.Fault(facts, wanted)) with
            {
                Severity = Permissions.Severity(facts, wanted),
                Repairable = disk.MayChangeMode(facts),
            });
        }
    }
}
