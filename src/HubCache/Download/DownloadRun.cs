using HubCache.Destination;
using HubCache.Hub;
using HubCache.Model;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Resolving;
using HubCache.Store;

namespace HubCache.Download;

/// <summary>One request on its way through the story: its files, and the steps that it goes through.</summary>
internal sealed class DownloadRun : IDisposable
{
    // Another tool may remove what was just linked, until a ref protects it. One clean-up that goes through a folder while files come
    // back into it counts several times; more often than this is no accident.
    private const int MostRedos = 8;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly DownloadContext _means;
    private readonly DownloadRequest _request;
    private readonly IDownloadObserver _observer;
    private readonly Inquiry _inquiry;
    private readonly RepoPaths _folder;
    private readonly CacheLookup _lookup;
    private readonly FinalCheck _secondLook;
    private readonly FileClaims _claims;
    private readonly FileFetcher _bringer;
    private readonly BranchRef _branch;
    private readonly DestinationWriter? _layout;
    private readonly PinCheck? _lock;
    private readonly FileTimes _resolvedIn = new();
    private readonly Dictionary<HubFileName, Placement> _placements = [];
    private KeepRef? _protection;
    private Resolution _resolution = new([]);
    private FileState[] _files = [];

    /// <summary>Begins a request; the ref is read now, to be moved in the end only if no other process has moved it.</summary>
    public DownloadRun(DownloadContext means, DownloadRequest request, IDownloadObserver observer)
    {
        (_means, _request, _observer) = (means, request, observer);
        _inquiry = new Inquiry(request, means.Disk, means.Options, means.Connection, means.Rules, observer);
        _folder = _inquiry.Folder;
        _lookup = _inquiry.NewLookup();
        _secondLook = new FinalCheck(means, Found);
        _claims = new FileClaims(means, _folder);
        _bringer = new FileFetcher(means, request, _folder, _lookup, observer);
        _branch = new BranchRef(means, request, _folder, observer);
        _layout = request.Destination is null ? null : new DestinationWriter(
            means.Disk.Within(CacheBoundary.OfFolder(request.Destination.FullName)),
            request.Destination,
            [means.Options.CachePath, .. means.Options.ReadOnlyCachePaths],
            observer);
        _lock = request.Locked is null ? null : new PinCheck(means.Disk, _folder, request, means.Options.Offline);
    }

    /// <summary>
    /// Whether the cache has all that it can have: a name that this file system cannot have will never be there, and keeps no ref back.
    /// </summary>
    private bool IsComplete
        => InPlace.Length > 0
        && _resolution.Answers.All(
            answer => answer.Failure is null || (answer.File is not null && answer.Failure.Code == HubErrorCode.InvalidFileName));

    private FileState[] InPlace => [.. _files.Where(file => file.Error is null)];

    /// <summary>Refuses a destination that cannot be one, before anything is asked or written.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>, or <see cref="HubErrorCode.CacheWriteFailed"/> when it
    /// cannot be looked at.</exception>
    public void CheckDestination() => _layout?.Check();

    /// <summary>Keeps a removal that is under way from what the cache takes the revision for, before anything of it is looked at.</summary>
    public async Task ClaimKnownAsync(CancellationToken cancellationToken)
    {
        if ((_request.Commit ?? _request.Revision.Commit ?? _branch.SeenBefore) is CommitHash commit && _claims.IsContested)
        {
            await _claims.ClaimSnapshotAsync(commit, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Keeps removals from what is about to be downloaded or laid out. For hits alone nothing is written as long as no removal runs.
    /// </summary>
    public async Task ClaimAsync(CancellationToken cancellationToken)
    {
        if (Missing().Length > 0 || _layout is not null || _claims.IsContested)
        {
            await _claims.ClaimAsync(_files, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// After the last look at hits that nothing was written for: a removal that begins later leaves them for a second, one that began
    /// before is kept from them, and they are looked at again.
    /// </summary>
    public async Task ClaimLateAsync(CancellationToken cancellationToken)
    {
        if (!_claims.AreMade && _claims.IsContested)
        {
            await _claims.ClaimAsync(_files, cancellationToken).ConfigureAwait(false);
            await SecureAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Finds out which files are meant, which commit and which blobs. An error that all files share is given to all.</summary>
    /// <param name="remember">Whether a file that the Hub does not have may be noted in the cache.</param>
    /// <param name="cancellationToken">Ends the requests to the Hub.</param>
    public async Task ResolveAsync(bool remember, CancellationToken cancellationToken)
    {
        _resolution = await new RequestResolver(_inquiry).ResolveAsync(remember, cancellationToken).ConfigureAwait(false);
        _files = [.. _resolution.Answers.Select(answer => answer.File).OfType<FileState>()];
        _resolvedIn.End();
        _lock?.Check(_resolution.Answers, cancellationToken);
        foreach (FileState file in _files.Where(file => file.Hit is not null))
        {
            file.Times.End();
        }
    }

    /// <summary>Says for a verbose stream which commit it is, and which files are hits.</summary>
    public void TellHits()
    {
        if (_files.FirstOrDefault(file => file is { Error: null, Commit: not null })?.Commit is CommitHash commit
            && commit.Value != _request.Revision.Value)
        {
            _observer.Note($"'{_request.Revision}' of '{_request.RepoId}' is commit {commit}.");
        }

        foreach (FileState file in _files.Where(file => file is { Error: null, Hit: not null }))
        {
            _observer.Note($"{file.Name}: in the cache.");
        }
    }

    /// <summary>Refuses what this file system cannot keep.</summary>
    /// <param name="mayWrite">Whether the file system may be tried with a temp.</param>
    public void CheckNames(bool mayWrite)
    {
        new NameCheck(_means.Disk, _folder, _request).Check([.. _files.Where(file => file.Error is null)], mayWrite);
    }

    /// <summary>Refuses to begin what does not fit on the disk.</summary>
    public void CheckRoom()
    {
        FileState[] missing = [
            .. Missing().Where(file => file.MustBeFetched(_request) || !_lookup.SeemsToHaveBlob(file.Metadata!.ETag, file.Metadata.Length))
        ];
        if (new RoomCheck(_means.Disk, _folder).Check(missing.Select(file => file.Metadata!)) is HubCacheException error)
        {
            FileState.Fail(missing, error);
        }
    }

    /// <summary>Refuses to write where a link leads out of the cache.</summary>
    public void CheckPlaces()
    {
        foreach (IGrouping<CommitHash, FileState> missing in Missing().GroupBy(file => file.Commit!))
        {
            try
            {
                PlaceCheck.Check(_means.Disk, _folder, _request.Revision, missing.Key, missing.Select(file => file.Name));
            }
            catch (DiskException e)
            {
                FileState.Fail(missing, DiskErrors.ToHubError(e));
            }
        }
    }

    /// <summary>Puts a tree that is new into the cache. It only saves requests, so a cache that cannot be written to is no error.</summary>
    public void KeepTree()
    {
        if (_resolution.NewTree is not RepoTree tree || !Array.Exists(_files, file => file.Error is null))
        {
            return;
        }

        try
        {
            new TreeFile(_means.Disk, _folder, tree.Commit).Write(tree.Entries);
        }
        catch (DiskException e)
        {
            _observer.Note($"The tree of '{_request.RepoId}' at {tree.Commit} was not kept: {e.Message}");
        }
    }

    /// <summary>Brings what the cache does not have.</summary>
    public async Task BringAsync(CancellationToken cancellationToken)
    {
        FileState[] missing = Missing();
        if (missing.Length > 1 && missing[0].Commit is CommitHash commit && commit != _branch.SeenBefore)
        {
            // A clean-up that listed the refs while none named the commit could strike after the last look at the files.
            Protect(commit);
        }

        await _bringer.BringAsync(missing, cancellationToken).ConfigureAwait(false);
        if (_bringer.Refusal is HubCacheException refusal)
        {
            // Some were under way when the first was refused: a repo that cannot be had is one error all the same.
            FileState.Fail(_files.Where(file => file.Error is not null && Outage.IsRefusal(file.Error)), refusal);
        }
    }

    /// <summary>Resolves the names again, brings back what another tool removed, and puts on the disk what others published.</summary>
    public async Task SecureAsync(CancellationToken cancellationToken)
    {
        for (int redos = 0; ; redos++)
        {
            await _secondLook.LookAsync([.. _files.Where(file => file.Error is null)]).ConfigureAwait(false);
            FileState[] lost = Missing();
            if (lost.Length == 0)
            {
                return;
            }

            if (redos == MostRedos || lost.Any(file => file.Metadata is null))
            {
                FileState.Fail(lost, new HubCacheException(
                    HubErrorCode.CacheWriteFailed,
                    $"Another tool removes files of '{_request.RepoId}' from the cache while they are asked for.",
                    _folder.FullName,
                    "Let clean-up and downloads of one repo not run at the same time, and try again."));
                return;
            }

            if (!_claims.AreMade)
            {
                await _claims.ClaimAsync(_files, cancellationToken).ConfigureAwait(false);
            }

            _observer.Note($"Another tool removed {lost.Length} of the files meanwhile; they are brought back.");
            await Task
                .Delay(TimeSpan.FromTicks(Math.Min(FirstPause.Ticks << redos, LongestPause.Ticks)), cancellationToken)
                .ConfigureAwait(false);
            Protect(lost[0].Commit!);
            await _bringer.BringAsync(lost, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Compares what others brought meanwhile with the lock file, if there is one.</summary>
    public void CheckLock(CancellationToken cancellationToken) => _lock?.CheckArrived(_files, cancellationToken);

    /// <summary>Moves the ref, last of all and only for a request that is complete, and sees that the files are still there.</summary>
    public async Task MoveRefAsync(CancellationToken cancellationToken)
    {
        for (int redos = 0; _branch.IsMoving && IsComplete; redos++)
        {
            bool isSettled = _branch.TryMove(InPlace, mayRedo: redos < MostRedos, out bool isMoved);
            if (isSettled && !isMoved && !Array.Exists(_files, file => file.IsOurs))
            {
                // Nothing was written since the last look.
                return;
            }

            await SecureAsync(cancellationToken).ConfigureAwait(false);

            // A clean-up that removes the repo as a whole takes the ref with it.
            if (isSettled && (redos == MostRedos || _branch.IsThere || !Array.Exists(_files, file => file.IsOurs)))
            {
                return;
            }
        }
    }

    /// <summary>
    /// Lays the files out in the request's destination. The cache is complete by now, and a file's failure here changes nothing in it.
    /// </summary>
    public async Task LayOutAsync(CancellationToken cancellationToken)
    {
        if (_layout is null)
        {
            return;
        }

        foreach (FileState file in _files.Where(file => file.Error is null).DistinctBy(file => file.Name))
        {
            _placements.Add(
                file.Name, _layout.NewPlacement(file.Name, file.Commit!, file.Hit!, file.IsFetched || file.IsHashed, file.Times));
        }

        await _layout.RunAsync([.. _placements.Values], _request.Force, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes what dead processes left of these blobs.</summary>
    public void TidyUp()
    {
        HashSet<string> done = [
            .. _files.Where(file => file.Error is null).Select(file => file.Hit!.ETag?.Value ?? string.Empty),
            "ref",
            "link",
            "copy",
            "probe",
            "tree"
        ];
        Contenders.RemoveDead(_means.Disk, _folder, done.Contains);
        KeepRef.RemoveDead(_means.Disk, _folder);
    }

    public void Dispose() => _protection?.Dispose();

    private void Protect(CommitHash commit)
    {
        _protection ??= new KeepRef(_means.Disk, _folder, commit);
        _protection.Ensure();
    }

    public IReadOnlyList<DownloadOutcome> Outcomes() => [.. _resolution.Answers.Select(Outcome)];

    /// <summary>What was found out.</summary>
    /// <param name="isListing">Whether a file that cannot be had now is told of like any other, as long as it is known what it is.</param>
    public IReadOnlyList<FindOutcome> Findings(bool isListing)
        => new Findings(_means.Disk, _folder, _request, IsToBeLaidOut).Of(_resolution.Answers, isListing);

    private bool IsToBeLaidOut(FileState file)
    {
        return _layout is not null && file is { Error: null, Commit: CommitHash commit }
            && (_request.Force
                || !_layout.Has(file.Name, file.Metadata?.ETag ?? file.Hit?.ETag, commit, file.Metadata?.Length ?? file.Hit!.Length));
    }

    private DownloadOutcome Outcome(Selected answer)
    {
        Placement? placement = answer.File is FileState state ? _placements.GetValueOrDefault(state.Name) : null;
        HubCacheException? error = answer.Failure ?? placement?.Error;
        return new DownloadOutcome(answer.Selector, answer.Text, error is null ? Describe(answer.File!, placement) : null, error)
        {
            Report = answer.File?.Report(_request, error) ?? FileReport.OfNone(_request, answer.Text, error!, _resolvedIn),
        };
    }

    private CachedFile Describe(FileState file, Placement? placement)
        => file.Describe(_request, placement?.Path, placement is { HasSubstitute: true } ? placement.Name.Value : null);

    private FileState[] Missing() => [.. _files.Where(file => file is { Hit: null, Error: null })];

    private CacheHit? Found(FileState file)
    {
        // Of several caches that have it, the one that was found good, or was written to, counts.
        return _lookup.FindAll(file.Commit!, file.Name)
            .Where(hit =>
                file.IsOurs || file.MustBeFetched(_request) ? !hit.IsReadOnly : file.Hit is null || hit.FullName == file.Hit.FullName)
            .FirstOrDefault(hit => file.Metadata is not FileMetadata metadata || hit.Is(metadata.ETag, metadata.Length)) is CacheHit hit
            ? hit with { ETag = hit.ETag ?? file.Metadata?.ETag }
            : null;
    }
}
