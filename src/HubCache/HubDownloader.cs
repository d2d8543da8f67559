using HubCache.Cache;
using HubCache.Download;
using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Transfer;

namespace HubCache;

/// <summary>Brings files from the Hub into the cache: resolve → cached? → lead or wait → transfer → verify → publish → link → ref.</summary>
public sealed class HubDownloader : IDisposable
{
    private const int MostTransfers = 8;

    // Another tool may remove what was just linked, until the ref protects it; more often than this is no accident.
    private const int MostRedos = 3;

    private readonly HubOptions _options;
    private readonly Disk _disk;
    private readonly TransferRules _rules;
    private readonly HubConnection _connection;
    private readonly SemaphoreSlim _slots = new(MostTransfers);

    /// <summary>Makes a downloader; it connects only when something is asked of it.</summary>
    /// <param name="options">Where the Hub and the cache are, and how patient to be.</param>
    /// <param name="retries">Runs attempts again.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.TokenInvalid"/>: the token cannot be sent in a header.</exception>
    public HubDownloader(HubOptions options, IRetryPolicy retries)
        : this(options, retries, Disk.OfThisSystem)
    {
    }

    internal HubDownloader(HubOptions options, IRetryPolicy retries, Disk disk)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _disk = disk;
        _rules = new TransferRules(retries, RetryLimits.For(options.MaximumRetryCount), options.OperationTimeout);
        _connection = new HubConnection(options);
    }

    /// <summary>Brings the files of a request into the cache, side by side. One outcome per file, in the request's order.</summary>
    /// <param name="request">The files.</param>
    /// <param name="observer">Hears decisions, warnings and progress.</param>
    /// <param name="cancellationToken">Stops everything; temps are removed before the call returns.</param>
    /// <exception cref="OperationCanceledException">Cancelled; the clean-up is done when it is thrown.</exception>
    public async Task<IReadOnlyList<DownloadOutcome>> DownloadAsync(DownloadRequest request, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(observer);
        RepoFolder folder = FolderOf(request);
        FileState[] files = [.. request.Files.Select(name => new FileState(name))];
        RefFile? branch = request.Revision.Commit is null ? new RefFile(_disk, folder, request.Revision) : null;
        CommitHash? seenBefore = branch?.Read();

        HubCacheException? refusal = await Resolver(request, folder, observer).ResolveAsync(files, remember: true, cancellationToken).ConfigureAwait(false);
        if (refusal is not null)
        {
            return [.. request.Files.Select(name => new DownloadOutcome(name, null, refusal))];
        }

        await BringAsync(request, folder, [.. files.Where(file => file is { Hit: null, Error: null })], observer, cancellationToken).ConfigureAwait(false);
        await SecureAsync(request, folder, files, observer, cancellationToken).ConfigureAwait(false);

        // A file that the commit does not have is no reason to leave the others without a ref: a clean-up would take them, and offline nobody finds them.
        FileState[] present = [.. files.Where(file => file.Error?.Code != HubErrorCode.HubFileNotFound)];
        if (branch is not null && present.Length > 0 && present.All(file => file.Error is null))
        {
            for (int redos = 0; ; redos++)
            {
                bool isMoved = MoveRef(request, folder, branch, present, seenBefore, mayRedo: redos < MostRedos, observer);
                await SecureAsync(request, folder, files, observer, cancellationToken).ConfigureAwait(false);

                // A repo that is removed as a whole takes the ref with it.
                if (!isMoved || redos == MostRedos || branch.Read() is not null || present.Any(file => file.Error is not null))
                {
                    break;
                }
            }
        }

        TidyUp(folder, files);
        return [.. files.Select(file => new DownloadOutcome(file.Name, file.Error is null ? Describe(request, file) : null, file.Error))];
    }

    /// <summary>Says what <see cref="DownloadAsync"/> would do, and writes nothing. One plan per file, in the request's order.</summary>
    /// <param name="request">The files.</param>
    /// <param name="observer">Hears decisions and warnings.</param>
    /// <param name="cancellationToken">Ends the requests to the Hub.</param>
    public async Task<IReadOnlyList<PlannedFile>> PlanAsync(DownloadRequest request, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(observer);
        RepoFolder folder = FolderOf(request);
        var lookup = new CacheLookup(_disk, folder);
        FileState[] files = [.. request.Files.Select(name => new FileState(name))];
        HubCacheException? refusal = await Resolver(request, folder, observer).ResolveAsync(files, remember: false, cancellationToken).ConfigureAwait(false);
        return [.. files.Select(file => new PlannedFile
        {
            FileName = file.Name,
            Length = file.Metadata?.Length ?? file.Hit?.Length,
            IsCached = file.Hit is not null || (!request.Force && file.Metadata is FileMetadata m && lookup.HasBlob(m.ETag, m.Length)),
            Error = refusal ?? file.Error,
        })];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        _slots.Dispose();
    }

    private RepoFolder FolderOf(DownloadRequest request) => new(_options.CachePath, request.RepoType, request.RepoId);

    private SnapshotLink LinkIn(RepoFolder folder) => new(_disk, folder, _options.WithoutSymbolicLinks);

    private FileResolver Resolver(DownloadRequest request, RepoFolder folder, IDownloadObserver observer)
    {
        return new FileResolver(_disk, folder, request, _options, new MetadataClient(_connection, _options.ConnectionTimeout), _rules, observer);
    }

    /// <summary>Fetches each blob once, however many names it has, and gives the names to it.</summary>
    private Task BringAsync(DownloadRequest request, RepoFolder folder, IReadOnlyList<FileState> files, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        return Task.WhenAll(files.GroupBy(file => file.Metadata!.ETag).Select(blob => Task.Run(
            () => BringBlobAsync(request, folder, [.. blob], observer, cancellationToken), cancellationToken)));
    }

    private async Task BringBlobAsync(DownloadRequest request, RepoFolder folder, FileState[] names, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        FileState first = names[0];
        FileMetadata metadata = first.Metadata!;
        var progress = new FileProgress(first.Name.Value, metadata.Length);
        bool isFetched = false;
        try
        {
            if (request.Force || !new CacheLookup(_disk, folder).HasBlob(metadata.ETag, metadata.Length))
            {
                observer.Begin(progress);
                TimeSpan patience = _options.ConnectionTimeout > _options.OperationTimeout ? _options.ConnectionTimeout : _options.OperationTimeout;
                var fetcher = new BlobFetcher(_disk, folder, _connection, _rules, patience, _slots);
                var bytes = new ByteRequest(request.RepoType, request.RepoId, first.Name, metadata);
                isFetched = await fetcher.FetchAsync(bytes, request.Force, progress, observer, cancellationToken).ConfigureAwait(false);
            }

            if (!isFetched)
            {
                // Before it gets a name: an earlier call may have failed to put it on the disk.
                new BlobPublisher(_disk, folder).FlushIfYoung(metadata.ETag);
            }

            SnapshotLink link = LinkIn(folder);
            foreach (FileState name in names)
            {
                name.IsLinked |= link.Ensure(name.Metadata!.Commit, name.Name, metadata.ETag, replaceCopy: isFetched);
                (name.IsFetched, name.BytesDownloaded) = (isFetched, name == first ? progress.BytesReceived : 0);
            }
        }
        catch (DiskException e)
        {
            Fail(names, DiskErrors.ToHubError(e));
        }
        catch (HubCacheException e)
        {
            Fail(names, e);
        }
        finally
        {
            progress.IsFinished = true;
        }
    }

    /// <summary>Resolves the names of the request again, brings back what another tool removed, and puts on the disk what others published.</summary>
    private async Task SecureAsync(DownloadRequest request, RepoFolder folder, FileState[] files, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        var lookup = new CacheLookup(_disk, folder);
        var publisher = new BlobPublisher(_disk, folder);
        for (int redos = 0; ; redos++)
        {
            foreach (FileState file in files.Where(file => file.Error is null))
            {
                try
                {
                    file.Hit = Found(lookup, file);
                    if (file is { Hit.ETag: ETag etag, IsFetched: false })
                    {
                        publisher.FlushIfYoung(etag);
                    }
                }
                catch (DiskException e)
                {
                    file.Error = DiskErrors.ToHubError(e);
                }
            }

            FileState[] lost = [.. files.Where(file => file is { Hit: null, Error: null })];
            if (lost.Length == 0)
            {
                return;
            }

            if (redos == MostRedos || lost.Any(file => file.Metadata is null))
            {
                Fail(lost, new HubCacheException(
                    HubErrorCode.CacheWriteFailed,
                    $"Another tool removes files of '{request.RepoId}' from the cache while they are asked for.",
                    folder.FullName,
                    "Let clean-up and downloads of one repo not run at the same time, and try again."));
                return;
            }

            observer.Note($"Another tool removed {lost.Length} of the files meanwhile; they are brought back.");
            await BringAsync(request, folder, lost, observer, cancellationToken).ConfigureAwait(false);
        }
    }

    private static CacheHit? Found(CacheLookup lookup, FileState file)
    {
        return lookup.Find(file.Commit!, file.Name) is CacheHit hit
            && (file.Metadata is not FileMetadata metadata || (hit.Length == metadata.Length && (hit.ETag is null || hit.ETag == metadata.ETag)))
            ? hit with { ETag = hit.ETag ?? file.Metadata?.ETag }
            : null;
    }

    /// <summary>Moves the ref, last of all. For hits alone that is best effort: they are served from read-only caches too.</summary>
    /// <returns>Whether the disk did not refuse it.</returns>
    private bool MoveRef(
        DownloadRequest request, RepoFolder folder, RefFile branch, FileState[] files, CommitHash? seenBefore, bool mayRedo, IDownloadObserver observer)
    {
        try
        {
            branch.Move(files[0].Commit!, seenBefore);
            return true;
        }
        catch (DiskException e) when (mayRedo && e.Error == DiskError.NotFound)
        {
            // A clean-up took the folder; it is made again with the files.
            return true;
        }
        catch (DiskException e) when (Array.Exists(files, file => file.IsFetched || file.IsLinked))
        {
            foreach (FileState file in files.Where(file => file.IsLinked))
            {
                LinkIn(folder).Remove(file.Commit!, file.Name);
            }

            Fail(files, DiskErrors.ToHubError(e));
            return false;
        }
        catch (DiskException e)
        {
            observer.Note($"The ref '{request.Revision}' could not be moved: {e.Message}");
            return false;
        }
    }

    private void TidyUp(RepoFolder folder, FileState[] files)
    {
        HashSet<string> done = [.. files.Where(file => file.Error is null).Select(file => file.Hit!.ETag?.Value ?? string.Empty), "ref", "link", "copy", "probe"];
        Rivals.RemoveDead(_disk, folder, done.Contains);
    }

    private static void Fail(IEnumerable<FileState> files, HubCacheException error)
    {
        foreach (FileState file in files)
        {
            file.Error = error;
        }
    }

    private static CachedFile Describe(DownloadRequest request, FileState file)
    {
        CacheHit hit = file.Hit!;
        return new CachedFile
        {
            RepoId = request.RepoId.Value,
            RepoType = request.RepoType.ToString(),
            Revision = request.Revision.Value,
            CommitHash = file.Commit!.Value,
            FileName = file.Name.Value,
            FullName = hit.FullName,
            BlobPath = hit.BlobPath,
            Length = hit.Length,
            ETag = hit.ETag?.Value,
            Source = file.IsFetched ? "Downloaded" : "Cache",
            BytesDownloaded = file.BytesDownloaded,
            Verification = !(file.IsFetched || file.IsHashed) ? "Size" : hit.ETag!.IsSha256 ? "Sha256" : "GitSha1",
        };
    }
}
