using System.Diagnostics;
using HubCache.Hub;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Resolving;

/// <summary>
/// Finds out for each of some named files which commit and blob it is, from the Hub one by one, or from the cache where the Hub need not or
/// cannot be asked.
/// </summary>
internal sealed class FileResolver(Inquiry inquiry, MetadataClient hub)
{
    private readonly DownloadRequest _request = inquiry.Request;
    private readonly CacheAnswers _cache = new(inquiry);
    private readonly Outage _outage = new(() => 0);

    /// <summary>Resolves all files: the first settles the commit, the rest follow side by side at that commit.</summary>
    /// <returns>The error that all files share, or null.</returns>
    public async Task<HubCacheException?> ResolveAsync(IReadOnlyList<FileState> files, bool remember, CancellationToken cancellationToken)
    {
        CommitHash? commit = inquiry.Pinned;
        int next = 0;
        while (commit is null && next < files.Count)
        {
            FileState first = files[next++];
            await ResolveOneAsync(first, _request.Revision, remember, cancellationToken).ConfigureAwait(false);
            if (first.NeedsTree)
            {
                // It says of all files what it says of one.
                FileState.Fail(files.Skip(next), first.Error!);
                return null;
            }

            if (first.Error is not null && Outage.IsRefusal(first.Error))
            {
                return first.Error;
            }

            commit = first.Commit;
        }

        Revision at = commit is null ? _request.Revision : Revision.Of(commit);
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
        return files.All(file => file.Error is not null && (Outage.IsRefusal(file.Error) || Outage.IsOne(file.Error)))
            ? files[0].Error
            : null;
    }

    private async Task ResolveOneAsync(FileState file, Revision at, bool remember, CancellationToken cancellationToken)
    {
        try
        {
            if (!_request.Force && inquiry.Pinned is not null && _cache.TryAnswer(file, inquiry.Pinned, isLast: inquiry.Options.Offline))
            {
                return;
            }

            if (inquiry.Options.Offline)
            {
                AnswerFromCache(file, "Offline", inquiry.NotCachedOffline(file.Name.Value));
                return;
            }

            if (_outage.Refusal is HubCacheException refusal)
            {
                file.Error = refusal;
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
                NoExistMarker.Leave(inquiry.Disk, inquiry.Folder, e.Commit, file.Name);
            }
        }
        catch (UnusableHeadException e)
        {
            (file.NeedsTree, file.Error) = (true, e.Error);
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
        bool hasFallback = !_request.Force && _cache.SeemsToHave(at.Commit, file.Name);
        long began = Stopwatch.GetTimestamp();
        FileMetadata metadata;
        try
        {
            metadata = await inquiry.AskAsync(
                file.Name.Value,
                hasFallback,
                token => hub.GetAsync(_request.RepoType, _request.RepoId, at, file.Name, token),
                cancellationToken).ConfigureAwait(false);
        }
        catch (HubCacheException e) when (Outage.IsOne(e) && !_request.Force)
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
        (file.Metadata, file.Commit) = (metadata, metadata.Commit);
        if (!_request.Force && !file.IsSpoilt)
        {
            file.Hit = _cache.Find(metadata, file);
        }
    }

    private void AnswerFromCache(FileState file, string why, HubCacheException error)
    {
        try
        {
            if (_cache.KnownCommit is CommitHash commit && _cache.TryAnswer(file, commit))
            {
                _cache.WarnThatItMayBeOld(why, commit);
                return;
            }

            file.Error = inquiry.Options.Offline && _cache.Unread is DiskException unread ? DiskErrors.Unreadable(unread) : error;
        }
        catch (DiskException e)
        {
            file.Error = DiskErrors.Unreadable(e);
        }
    }
}
