using System.Diagnostics;
using HubCache.Cache;
using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Transfer;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Download;

/// <summary>Finds out for each file of a request which commit and blob it is, from the Hub, or from the cache where the Hub need not or cannot be asked.</summary>
internal sealed class FileResolver(
    Disk disk, RepoFolder folder, DownloadRequest request, HubOptions options, MetadataClient hub, TransferRules rules, IDownloadObserver observer)
{
    // The Hub, which knows the length, is not asked for such a hit; below this a hash costs less than a request.
    private const long LongestHashedHit = 64 << 20;

    // With an answer in the cache, an unreachable Hub is not waited for longer than this.
    private static readonly RetryLimits WithFallback = new(MaximumRetryCount: 2, TimeSpan.FromSeconds(5));

    private readonly CacheLookup _lookup = new(disk, folder);
    private readonly CommitHash? _pinned = request.Commit ?? request.Revision.Commit;
    private readonly Outage _outage = new(() => 0);
    private bool _hasWarned;

    /// <summary>Resolves all files: the first settles the commit, the rest follow side by side at that commit.</summary>
    /// <returns>The error that all files share, or null.</returns>
    public async Task<HubCacheException?> ResolveAsync(IReadOnlyList<FileState> files, bool remember, CancellationToken cancellationToken)
    {
        if (options.Offline && request.Force)
        {
            return new HubCacheException(
                HubErrorCode.InvalidOption, "-Force asks the Hub for every file again, and offline it is not asked.", request.RepoId.Value, "Leave out -Force, or go online: HF_HUB_OFFLINE, -Offline.");
        }

        CommitHash? commit = _pinned;
        int next = 0;
        while (commit is null && next < files.Count)
        {
            FileState first = files[next++];
            await ResolveOneAsync(first, request.Revision, remember, cancellationToken).ConfigureAwait(false);
            if (first.Error is not null && ConcernsWholeRepo(first.Error.Code) && !Outage.IsOne(first.Error))
            {
                return first.Error;
            }

            commit = first.Commit;
        }

        Revision at = commit is null ? request.Revision : Revision.Of(commit);
        using var few = new SemaphoreSlim(8);
        await Task.WhenAll(files.Skip(next).Select(async file =>
        {
            await few.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await ResolveOneAsync(file, at, remember, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                few.Release();
            }
        })).ConfigureAwait(false);

        // With a pinned commit nobody went first; a refusal of the repo itself is still one error.
        return files.All(file => file.Error is not null && ConcernsWholeRepo(file.Error.Code)) ? files[0].Error : null;
    }

    private static bool ConcernsWholeRepo(HubErrorCode code)
    {
        return code is HubErrorCode.RepoNotFound or HubErrorCode.RevisionNotFound or HubErrorCode.GatedRepo or HubErrorCode.TokenInvalid
            or HubErrorCode.RateLimited or HubErrorCode.HubUnreachable or HubErrorCode.TransferTimeout;
    }

    private async Task ResolveOneAsync(FileState file, Revision at, bool remember, CancellationToken cancellationToken)
    {
        try
        {
            if (!request.Force && _pinned is not null && TryAnswer(file, _pinned))
            {
                return;
            }

            if (options.Offline)
            {
                AnswerFromCache(file, "Offline", OfflineError(file.Name));
                return;
            }

            if (_outage.ErrorFor(file.Name) is HubCacheException down)
            {
                AnswerFromCache(file, down.InnerException!.Message.TrimEnd('.'), down);
                return;
            }

            await AskHubAsync(file, at, cancellationToken).ConfigureAwait(false);
        }
        catch (FileMissingException e)
        {
            (file.Commit, file.Error) = (e.Commit, e.Error);
            if (remember)
            {
                NoExistMarker.Leave(disk, folder, e.Commit, file.Name);
            }
        }
        catch (HubCacheException e)
        {
            file.Error = e;
        }
        catch (DiskException e)
        {
            file.Error = DiskErrors.ToHubError(e);
        }
    }

    private async Task AskHubAsync(FileState file, Revision at, CancellationToken cancellationToken)
    {
        bool hasFallback = !request.Force && _lookup.Resolve(at) is CommitHash known && _lookup.Find(known, file.Name) is not null;
        long began = Stopwatch.GetTimestamp();
        try
        {
            await rules.Retries.RunAsync(
                async (_, token) => file.Metadata = await hub.GetAsync(request.RepoType, request.RepoId, at, file.Name, token).ConfigureAwait(false),
                hasFallback && rules.Limits.MaximumRetryCount > WithFallback.MaximumRetryCount ? WithFallback : rules.Limits,
                retry => observer.Note($"{file.Name}: retry {retry.Number} of {retry.Of} in {retry.Pause.TotalSeconds:0.0} s: {retry.Reason}"),
                cancellationToken).ConfigureAwait(false);
        }
        catch (HubCacheException e) when (Outage.IsOne(e) && !request.Force)
        {
            AnswerFromCache(file, e.Message.TrimEnd('.'), e);
            _outage.Failed(e, isFinal: file.Hit is not null);
            return;
        }
        catch (HubCacheException e)
        {
            _outage.Failed(e);
            throw;
        }

        _outage.Succeeded();

        file.Waited = Stopwatch.GetElapsedTime(began);
        FileMetadata metadata = file.Metadata!;
        file.Commit = metadata.Commit;
        if (!request.Force && !file.IsSpoilt)
        {
            file.Hit = FindHit(metadata, file.Name);
        }
    }

    /// <summary>A hit is a name that leads to the right blob; or a regular file of the right length, as clients without links leave it.</summary>
    private CacheHit? FindHit(FileMetadata metadata, HubFileName file)
    {
        return _lookup.Find(metadata.Commit, file) is CacheHit hit && hit.Length == metadata.Length && (hit.ETag is null || hit.ETag == metadata.ETag)
            ? hit with { ETag = metadata.ETag }
            : null;
    }

    /// <summary>Answers from the cache alone, if what lies there can be trusted.</summary>
    private bool TryAnswer(FileState file, CommitHash commit)
    {
        if (_lookup.Find(commit, file.Name) is not CacheHit hit)
        {
            return false;
        }

        if (hit.ETag is not null && hit.Length <= LongestHashedHit)
        {
            if (!HashesRight(hit))
            {
                observer.Note($"{file.Name}: what the cache has does not have its hash {hit.ETag}; it does not count.");
                file.IsSpoilt = true;
                return false;
            }

            file.IsHashed = true;
        }

        (file.Commit, file.Hit) = (commit, hit);
        return true;
    }

    private void AnswerFromCache(FileState file, string why, HubCacheException error)
    {
        CommitHash? commit = _pinned ?? _lookup.Resolve(request.Revision);
        if (commit is null || !TryAnswer(file, commit))
        {
            file.Error = error;
            return;
        }

        if (_pinned is null && !_hasWarned)
        {
            _hasWarned = true;
            observer.Warn($"{why}. '{request.RepoId}' at '{request.Revision}' is answered from the cache as commit {commit}, which may be old.");
        }
    }

    private HubCacheException OfflineError(HubFileName file)
    {
        return new HubCacheException(
            HubErrorCode.OfflineNotCached,
            $"The cache does not hold '{file}' of '{request.RepoId}' at '{request.Revision}', and the Hub is not asked.",
            file.Value,
            "Go online (HF_HUB_OFFLINE, -Offline), or bring a filled cache and name it with -CachePath or HF_HUB_CACHE.");
    }

    private bool HashesRight(CacheHit hit)
    {
        using SafeFileHandle blob = disk.OpenForReading(hit.BlobPath, followLink: true);
        using var hash = new BlobHash(hit.ETag!, hit.Length);
        byte[] buffer = new byte[1 << 20];
        long offset = 0;
        for (int read; (read = disk.Read(blob, buffer, offset, hit.BlobPath)) > 0; offset += read)
        {
            hash.Append(buffer.AsSpan(0, read));
        }

        return hash.Matches();
    }
}
