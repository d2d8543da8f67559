using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Removing;

/// <summary>Finds what a request means in a cache. Writes nothing.</summary>
internal sealed class RemovalPlanner(Disk disk, RepoFolders folders, RemovalRequest request, CancellationToken cancellationToken)
{
    private readonly List<HubCacheException> _errors = [];
    private readonly DateTime _now = DateTime.UtcNow;

    public RemovalPlan Run()
    {
        IReadOnlyList<RepoPaths> all = folders.Passing((_, _) => true);
        List<RepoInventory> repos =
            [.. all.Where(folder => request.Selections.Any(selection => Matches(selection, folder))).Select(Read).OfType<RepoInventory>()];
        foreach (RemovalSelection missing in request.Selections
            .Where(selection => selection.ExactRepo is not null && !all.Any(folder => Matches(selection, folder)))
            .DistinctBy(selection => selection.ExactRepo))
        {
            _errors.Add(NotCached($"'{missing.ExactRepo}' is not in the cache {folders.CachePath}.", missing.ExactRepo!));
        }

        var ledger = new ByteLedger(
            new SharedStore(disk, folders.CachePath), repos.Select(repo => repo.Folder.FullName).ToHashSet(StringComparer.Ordinal));
        repos.ForEach(ledger.Add);
        List<RepoPick> picks =
            [.. repos.Where(repo => !request.Keep(repo.Folder.Id.Value, repo.Folder.Type)).Select(Pick).Where(pick => !pick.IsEmpty)];
        if (request.KeepBytes is long limit)
        {
            IEnumerable<RepoPick> kept = repos
                .Where(repo => request.Keep(repo.Folder.Id.Value, repo.Folder.Type))
                .Select(repo => new RepoPick(repo) { IsWhole = true });
            picks = new SizeLimit(ledger, picks, [.. kept]).Apply(limit);

            // The limit has let holders go to see what that brings; the steps are added up from the beginning.
            ledger = new ByteLedger(
                new SharedStore(disk, folders.CachePath), repos.Select(repo => repo.Folder.FullName).ToHashSet(StringComparer.Ordinal));
            repos.ForEach(ledger.Add);
        }

        return new RemovalPlan { Steps = InOrder(picks, ledger), Errors = _errors };
    }

    private static bool Matches(RemovalSelection selection, RepoPaths folder) => selection.Matches(folder.Id.Value, folder.Type);

    private RepoInventory? Read(RepoPaths folder)
    {
        try
        {
            return RepoInventory.Read(disk, folder, cancellationToken);
        }
        catch (DiskException e)
        {
            _errors.Add(Unreadable(folder, e));
            return null;
        }
    }

    private RepoPick Pick(RepoInventory repo)
    {
        var pick = new RepoPick(repo);
        foreach (RemovalSelection selection in request.Selections.Where(selection => Matches(selection, repo.Folder)))
        {
            if (selection.Commit is not null || selection.Revision is not null || selection.Files.Count > 0)
            {
                PickPart(pick, selection);
            }
            else
            {
                PickAll(pick);
            }
        }

        return pick;
    }

    private void PickAll(RepoPick pick)
    {
        bool isFiltered = request.Detached || request.UnusedFor is not null;
        if (isFiltered && Refuses(pick.Repo))
        {
            return;
        }

        // When an empty repo was last used is unknown.
        List<SnapshotInventory> passing = [.. pick.Repo.Snapshots.Where(Passes)];
        bool isUnused = passing.Count == pick.Repo.Snapshots.Count && pick.Repo.Blobs.Count > 0 && pick.Repo.Orphans().All(IsUnused);
        if (!isFiltered || (!request.Detached && isUnused))
        {
            pick.IsWhole = true;
            return;
        }

        passing.ForEach(snapshot => pick.Add(snapshot.Commit));
        pick.WithOrphans |= request.Detached && pick.Repo.Orphans().All(IsUnused);

        bool Passes(SnapshotInventory snapshot)
            => (!request.Detached || pick.Repo.Refs.All(found => found.Commit != snapshot.Commit)) && IsUnused(snapshot);
    }

    private void PickPart(RepoPick pick, RemovalSelection selection)
    {
        RepoInventory repo = pick.Repo;
        if (Refuses(repo))
        {
            return;
        }

        CommitHash? commit = selection.Commit ?? selection.Revision?.Commit;
        if (commit is null && selection.Revision is Revision interrupted && TryResume(pick, interrupted))
        {
            return;
        }

        RefEntry? named = commit is null && selection.Revision is not null
            ? repo.Refs.FirstOrDefault(found => found.Name == selection.Revision.Value)
            : null;
        if (selection.ExactRepo is not null && (commit is not null
            ? repo.Snapshot(commit) is null && repo.Refs.All(found => found.Commit != commit)
            : selection.Revision is not null && named is null))
        {
            string revision = selection.Revision?.Value ?? commit!.Value;
            _errors.Add(NotCached($"The cache has no revision '{revision}' of '{repo.Folder.Id}'.", revision));
            return;
        }

        commit ??= named?.Commit;
        bool isNothing = selection.Revision is not null && commit is null && named is null;
        if (isNothing)
        {
            return;
        }

        List<SnapshotInventory> snapshots = [.. repo.Snapshots.Where(
            snapshot => commit is null ? selection.Revision is null : snapshot.Commit == commit)
            .Where(snapshot => (!request.Detached || repo.Refs.All(found => found.Commit != snapshot.Commit)) && IsUnused(snapshot))];
        if (selection.Files.Count > 0)
        {
            PickFiles(pick, snapshots, selection);
        }
        else if (named is not null)
        {
            if (!request.Detached && (snapshots.Count > 0 || commit is null || repo.Snapshot(commit) is null))
            {
                pick.Add(named);
            }
        }
        else if (commit is not null && (snapshots.Count > 0 || (repo.Snapshot(commit) is null && !request.Detached)))
        {
            pick.Add(commit);
            repo.Refs.Where(found => found.Commit == commit).ToList().ForEach(pick.Add);
        }
    }

    /// <summary>
    /// Picks what an interrupted removal left of a ref that is gone by now. What it was to remove is settled: filters do not count.
    /// </summary>
    /// <returns>Whether there was one, or nobody can tell.</returns>
    private bool TryResume(RepoPick pick, Revision revision)
    {
        RepoInventory repo = pick.Repo;
        if (repo.Refs.Any(found => found.Name == revision.Value))
        {
            return false;
        }

        try
        {
            if (new RemovalNote(disk, repo.Folder).Find(revision.Value) is not CommitHash commit)
            {
                return false;
            }

            pick.Resume(new RefEntry(revision.Value, repo.Folder.Ref(revision), commit));
        }
        catch (DiskException e)
        {
            _errors.Add(Unreadable(repo.Folder, e));
        }

        return true;
    }

    private void PickFiles(RepoPick pick, List<SnapshotInventory> snapshots, RemovalSelection selection)
    {
        foreach (FileSelector file in selection.Files)
        {
            bool isFound = false;
            foreach (SnapshotInventory snapshot in snapshots)
            {
                SnapshotEntry? exact = snapshot.Entries.FirstOrDefault(entry => entry.Name == file.Name?.Value);
                IReadOnlyList<SnapshotEntry> entries = exact is not null ? [exact]
                    : file.Pattern is FilePattern pattern ? [.. snapshot.Entries.Where(entry => pattern.Matches(entry.Name))]
                    : [];
                isFound |= entries.Count > 0;
                if (entries.Count > 0)
                {
                    pick.Add(snapshot, entries);
                }
            }

            if (!isFound && file.IsOneFile && selection.ExactRepo is not null)
            {
                _errors.Add(NotCached($"The cache has no file '{file.Text}' of '{pick.Repo.Folder.Id}'.", file.Text));
            }
        }
    }

    /// <summary>
    /// Parts of a repo whose folders are links lie where the cache has no say; the whole of it can still go, link by link.
    /// </summary>
    private bool Refuses(RepoInventory repo)
    {
        if (repo.Linked is not string linked)
        {
            return false;
        }

        if (_errors.TrueForAll(error => !Equals(error.Target, linked)))
        {
            _errors.Add(new HubCacheException(
                HubErrorCode.LinkedFolder,
                $"'{linked}' is a link or no folder: nothing behind it is removed.",
                linked,
                "Remove the repo as a whole, which takes the link and leaves what it leads to, or work in the place where it leads."));
        }

        return true;
    }

    private bool IsUnused(SnapshotInventory snapshot)
        => request.UnusedFor is not TimeSpan time || LastUse.Of(snapshot) <= _now - time;

    private bool IsUnused(BlobEntry blob) => request.UnusedFor is not TimeSpan time || LastUse.Of(blob) <= _now - time;

    /// <summary>The steps; those of a size limit in the order of the eviction, by the repo that was used longest ago.</summary>
    private List<RemovalStep> InOrder(List<RepoPick> picks, ByteLedger ledger)
    {
        IEnumerable<RepoPick> ordered = request.KeepBytes is null ? picks : picks.OrderBy(pick => pick.LastUse ?? DateTime.MinValue);
        return [.. ordered.SelectMany(pick => Steps(pick, ledger))];
    }

    private List<RemovalStep> Steps(RepoPick pick, ByteLedger ledger)
    {
        RepoPaths folder = pick.Repo.Folder;
        if (pick.IsWhole)
        {
            long bytes = ledger.Release([.. pick.Repo.Snapshots.SelectMany(snapshot => snapshot.Entries), .. pick.Repo.Orphans()])
                + DeadBytes(folder);
            return [
                new RemovalStep("Repo", folder) { FullName = folder.FullName, Bytes = bytes, LastAccessed = pick.LastUse?.ToLocalTime() }
            ];
        }

        List<RemovalStep> steps = [.. pick.Refs.Select(found =>
            new RemovalStep("Ref", folder) { FullName = found.FullName, Revision = found.Name, Commit = found.Commit, Bytes = 0 })];
        foreach ((CommitHash commit, SnapshotEntry entry) in pick.Files)
        {
            steps.Add(new RemovalStep("File", folder)
            {
                FullName = entry.FullName,
                FileName = entry.Name,
                Revision = NameOf(pick.Repo, commit),
                Commit = commit,
                Bytes = ledger.Release([entry])
            });
        }

        List<BlobEntry> orphans = [.. pick.Orphans];
        foreach (SnapshotInventory snapshot in pick.Snapshots.OrderBy(LastUse.Of))
        {
            long bytes = ledger.Release(snapshot.Entries) + ledger.Release(orphans);
            steps.Add(new RemovalStep("Revision", folder)
            {
                FullName = snapshot.FullName,
                Revision = NameOf(pick.Repo, snapshot.Commit),
                Commit = snapshot.Commit,
                Bytes = bytes,
                LastAccessed = LastUse.Of(snapshot).ToLocalTime()
            });
            orphans.Clear();
        }

        if (orphans.Count > 0)
        {
            steps.Add(new RemovalStep("Blob", folder) { FullName = folder.Blobs, Bytes = ledger.Release(orphans) });
        }

        return steps;
    }

    /// <summary>Bytes of incomplete files that are dead for all to see; the others are judged when it comes to it.</summary>
    private long DeadBytes(RepoPaths folder)
        => new PartialFileNames(disk, folder)
            .All(cancellationToken)
            .Where(leftover => Liveness.JudgeAtOnce(leftover.Path) is { IsDead: true })
            .Sum(leftover => leftover.Facts.Length);

    private static string NameOf(RepoInventory repo, CommitHash commit)
        => repo.Refs.FirstOrDefault(found => found.Commit == commit)?.Name ?? commit.Value;

    /// <summary>The error for a repo of which something cannot be read: what that refers to must not be taken for unused.</summary>
    public static HubCacheException Unreadable(RepoPaths folder, DiskException e) => new(
        HubErrorCode.CacheReadFailed,
        $"'{folder.Id}' cannot be read, and so nobody knows what of it is in use: {e.Message}",
        e.Path,
        $"Check that you may read '{e.Path}' and that its disk works, and try again.",
        e);

    private static HubCacheException NotCached(string message, string target) => new(
        HubErrorCode.NotCached,
        message,
        target,
        "List what is there with Get-HubCache; -CachePath names another cache, and -Detached removes revisions that have lost their ref.");
}
