using HubCache.Maintenance.Checking;
using HubCache.Model;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Repairing;

/// <summary>
/// Sets the names and blobs of one repo right: by links where the blob is there, by fetching where it is not or is broken, by taking away
/// what cannot be had.
/// </summary>
/// <remarks>
/// A broken blob stays under its name until verified bytes are renamed over it, so that whoever reads it goes on reading. Only one that
/// cannot be fetched is set aside, after its links are gone.
/// </remarks>
internal sealed class FileRepair(RepairContext means, NamesOfBlobs names)
{
    private readonly Disk _disk = means.Disk;
    private readonly RepoPaths _folder = means.Folder;
    private readonly CacheLookup _lookup = new(means.Disk, means.Folder);
    private readonly List<Order> _orders = [];

    /// <summary>A file to be fetched, and for which problem.</summary>
    private sealed record Order(CacheProblem Problem, CommitFile File, bool Force, ETag? Blob);

    /// <summary>Does at once what needs no bytes, and remembers what does. Null when it has to be fetched.</summary>
    public async Task<Outcome?> BeginAsync(CacheProblem problem, ProblemKind kind, CancellationToken cancellationToken)
    {
        return kind is ProblemKind.CorruptBlob or ProblemKind.WrongSize or ProblemKind.BrokenBlob
            ? await BeginBlobAsync(problem, kind, cancellationToken).ConfigureAwait(false)
            : BeginName(problem, kind);
    }

    /// <summary>Fetches what was remembered, each blob once, and says what became of each problem.</summary>
    public async Task FinishAsync(Action<CacheProblem, Outcome> done, CancellationToken cancellationToken)
    {
        // Blobs first: a name that leads to a broken one is not set before it is right.
        foreach (bool force in (bool[])[true, false])
        {
            foreach (IGrouping<CommitHash, Order> ofCommit in _orders
                .Where(order => order.Force == force)
                .GroupBy(order => order.File.Commit)
                .ToList())
            {
                await FetchAsync(ofCommit.Key, [.. ofCommit], force, done, cancellationToken).ConfigureAwait(false);
            }
        }

        _orders.Clear();
    }

    /// <summary>The file that would be fetched for a problem, if any would be; the disk is not touched.</summary>
    public (CommitFile? File, long? Length) Foresee(CacheProblem problem, ProblemKind kind)
    {
        if (means.Hub is null)
        {
            return default;
        }

        if (RepoPlaces.BlobAt(_folder, problem.FullName) is ETag etag)
        {
            return names.NameOf(etag) is CommitFile name ? (name, names.EntryOf(name)?.Length) : default;
        }

        if (FileOf(problem) is not CommitFile file || (kind == ProblemKind.MissingFile && !means.Complete))
        {
            return default;
        }

        ETag? known = EtagOf(file, kind, problem.FullName);
        return known is not null && HasBlob(known, file) ? default : (file, names.EntryOf(file)?.Length);
    }

    private async Task<Outcome?> BeginBlobAsync(CacheProblem problem, ProblemKind kind, CancellationToken cancellationToken)
    {
        if (RepoPlaces.BlobAt(_folder, problem.FullName) is not ETag etag)
        {
            return Outcome.Skipped("It is no blob of the repo.");
        }

        if (kind != ProblemKind.BrokenBlob)
        {
            if (_disk.LookThrough(problem.FullName) is null)
            {
                return Outcome.Skipped("It is gone.");
            }

            if (await new BlobHashing(_disk).HasHashAsync(problem.FullName, etag, progress: null, cancellationToken).ConfigureAwait(false))
            {
                return Outcome.Skipped(kind == ProblemKind.WrongSize
                    ? "Its bytes are right: it is a listing that says another length, which a check without -Quick finds."
                    : "Its bytes are right.");
            }
        }

        CommitFile? name = means.Hub is null ? null : names.NameOf(etag);
        if (name is null)
        {
            return TakeAway(etag, means.Hub is null ? "It is not to be fetched" : "No file of a commit is known that it is");
        }

        if (kind == ProblemKind.BrokenBlob)
        {
            // A folder or a link to nothing has no readers.
            _ = means.Aside.Move(problem.FullName);
        }

        _orders.Add(new Order(problem, name, Force: true, etag));
        return null;
    }

    private Outcome? BeginName(CacheProblem problem, ProblemKind kind)
    {
        if (FileOf(problem) is not CommitFile file)
        {
            return means.Aside.Move(problem.FullName) is string moved
                ? Outcome.Done(moved == Quarantine.Removed ? "Removed" : "SetAside", $"It was {moved}: it is no name of a file.")
                : Outcome.Skipped("It is gone.");
        }

        if (kind == ProblemKind.MissingFile && !means.Complete)
        {
            return Outcome.Skipped("Perhaps nobody asked for it. Save-HubFile brings it, and so does a repair with -Complete.");
        }

        if (kind == ProblemKind.WrongLink && names.HasListing(file.Commit) && names.EntryOf(file) is null)
        {
            // It may stand where a folder belongs that other names are to lie in.
            return Remove(file, "it is that of no file of the commit, and leads to no blob.");
        }

        ETag? etag = EtagOf(file, kind, problem.FullName);
        bool hasBlob = etag is not null && HasBlob(etag, file);
        string moveNote = string.Empty;
        if (kind is ProblemKind.NotAFile or ProblemKind.WrongCopy && means.Aside.Move(problem.FullName) is string what)
        {
            moveNote = $" What lay there was {what}.";
            if (kind == ProblemKind.NotAFile && names.EntryOf(file) is null)
            {
                // Nothing says that a file belongs there.
                RemoveEmptyFolders(file);
                return Outcome.Done(what == Quarantine.Removed ? "Removed" : "SetAside", moveNote.Trim());
            }
        }

        if (hasBlob)
        {
            means.Links.Ensure(file.Commit, file.Name, etag!, replaceCopy: true);
            return Outcome.Done("Linked", $"It leads to blob {etag} now.{moveNote}");
        }

        if (means.Hub is not null)
        {
            _orders.Add(new Order(problem, file, Force: false, etag));
            return null;
        }

        return Remove(file, $"its blob is not there.{moveNote}");
    }

    private Outcome Remove(CommitFile file, string why)
    {
        _disk.Delete(_folder.SnapshotFile(file.Commit, file.Name));
        RemoveEmptyFolders(file);
        return Outcome.Done("Removed", $"The name was removed: {why}");
    }

    private async Task FetchAsync(
        CommitHash commit, IReadOnlyList<Order> orders, bool force, Action<CacheProblem, Outcome> done, CancellationToken cancellationToken)
    {
        var request = new DownloadRequest
        {
            RepoId = _folder.Id,
            RepoType = _folder.Type,
            Revision = Revision.Of(commit),
            Commit = commit,
            Files = [.. orders.Select(order => FileSelector.Of(order.File.Name)).Distinct()],
            Force = force,
        };
        IReadOnlyList<DownloadOutcome> outcomes =
            await means.Hub!.DownloadAsync(request, means.Observer, cancellationToken).ConfigureAwait(false);
        ILookup<string, DownloadOutcome> byName = outcomes.ToLookup(outcome => outcome.FileName, StringComparer.Ordinal);
        foreach (Order order in orders)
        {
            DownloadOutcome outcome = byName[order.File.Name.Value].First();
            done(order.Problem, Answer(order, outcome));
        }
    }

    private Outcome Answer(Order order, DownloadOutcome outcome)
    {
        try
        {
            return outcome.Error is HubCacheException error ? Unavailable(order, error) : Fetched(order, outcome.File!);
        }
        catch (DiskException e)
        {
            return Outcome.Failed(DiskErrors.ToHubError(e));
        }
    }

    private Outcome Fetched(Order order, CachedFile file)
    {
        if (order.Force && order.Blob is not null && file.ETag != order.Blob.Value)
        {
            // A link had led the file to another blob than its own, which no file of the Hub has.
            return TakeAway(order.Blob, $"It is not the blob of '{order.File.Name}'") with { Bytes = file.BytesDownloaded };
        }

        string how = file.BytesDownloaded > 0 || file.Source != "Cache"
            ? "was fetched again, verified, and put in its place"
            : "leads to its blob now";
        return Outcome.Done(file.Source == "Cache" ? "Linked" : "Fetched", $"'{order.File.Name}' {how}.") with
        {
            Bytes = file.BytesDownloaded
        };
    }

    /// <summary>
    /// What the Hub does not have any more is taken away; whatever else went wrong may go right next time, and nothing is touched.
    /// </summary>
    private Outcome Unavailable(Order order, HubCacheException error)
    {
        if (error.Code is not (HubErrorCode.HubFileNotFound or HubErrorCode.RevisionNotFound))
        {
            return Outcome.Failed(error);
        }

        if (order is { Force: true, Blob: not null })
        {
            return TakeAway(order.Blob, "The Hub does not have it any more");
        }

        return Remove(order.File, "the Hub does not have the file any more.");
    }

    /// <summary>Takes the links to a blob away, and then sets it aside: a kill in between leaves no name that leads to nothing.</summary>
    private Outcome TakeAway(ETag etag, string why)
    {
        foreach (CommitFile file in names.LinkedTo(etag))
        {
            string path = _folder.SnapshotFile(file.Commit, file.Name);
            if (_disk.ReadLink(path) is string target && Path.GetFileName(target) == etag.Value)
            {
                _disk.Delete(path);
                _disk.FlushFolder(Path.GetDirectoryName(path)!);
                RemoveEmptyFolders(file);
            }
        }

        return means.Aside.Move(_folder.Blob(etag)) is string moved
            ? Outcome.Done(moved == Quarantine.Removed ? "Removed" : "SetAside", $"{why}: its names were removed, and it was {moved}.")
            : Outcome.Skipped("It is gone.");
    }

    private void RemoveEmptyFolders(CommitFile file)
        => new SmallRepairs(means).RemoveEmptyFolders(
            Path.GetDirectoryName(_folder.SnapshotFile(file.Commit, file.Name))!, _folder.Snapshot(file.Commit));

    private CommitFile? FileOf(CacheProblem problem)
    {
        (CommitHash? commit, string? file) = RepoPlaces.FileAt(_folder, problem.FullName);
        return commit is not null && file is not null && HubFileName.TryParse(file) is HubFileName name
            ? new CommitFile(commit, name)
            : null;
    }

    /// <summary>Which blob a name should lead to, as far as that is known here. A link that only takes an odd way says so itself.</summary>
    private ETag? EtagOf(CommitFile file, ProblemKind kind, string path)
    {
        return names.EntryOf(file)?.ETag
            ?? (kind is ProblemKind.AbsoluteLink or ProblemKind.OddLink or ProblemKind.DanglingLink
                ? ETag.TryParse(Path.GetFileName(_disk.ReadLink(path) ?? string.Empty))
                : null);
    }

    private bool HasBlob(ETag etag, CommitFile file)
    {
        return names.EntryOf(file) is TreeEntry entry && entry.ETag == etag
            ? _lookup.HasBlob(etag, entry.Length)
            : _disk.LookThrough(_folder.Blob(etag)) is { Kind: FileKind.File };
    }
}
