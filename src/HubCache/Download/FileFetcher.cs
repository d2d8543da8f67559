using System.Collections.Concurrent;
using HubCache.Blobs;
using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Resolving;
using HubCache.Store;
using HubCache.Transfer;

namespace HubCache.Download;

/// <summary>Brings files that the cache lacks: each blob once, and every name that the request has for it.</summary>
internal sealed class FileFetcher
{
    private readonly DownloadContext _means;
    private readonly DownloadRequest _request;
    private readonly RepoPaths _folder;
    private readonly CacheLookup _lookup;
    private readonly IDownloadObserver _observer;
    private readonly ConcurrentBag<FileProgress> _transfers = [];
    private readonly Outage _outage;

    public FileFetcher(DownloadContext means, DownloadRequest request, RepoPaths folder, CacheLookup lookup, IDownloadObserver observer)
    {
        (_means, _request, _folder, _lookup, _observer) = (means, request, folder, lookup, observer);
        _outage = new Outage(() => _transfers.Sum(transfer => transfer.BytesReceived));
    }

    /// <summary>The error by which the Hub refused the repo as a whole; null when it did not.</summary>
    public HubCacheException? Refusal => _outage.Refusal;

    /// <summary>
    /// Fetches each blob once, however many names it has, and gives the names to it. A failure is the error of those names.
    /// </summary>
    public Task BringAsync(IReadOnlyList<FileState> files, CancellationToken cancellationToken)
    {
        FileState[][] blobs = [.. files.GroupBy(file => file.Metadata!.ETag).Select(blob => blob.ToArray())];
        return Task.WhenAll(
            FromAnotherPlace(blobs).Select(blob => Task.Run(() => BringBlobAsync(blob, cancellationToken), cancellationToken)));
    }

    /// <summary>
    /// Large files as they come, small ones from somewhere in their list on: processes that begin together do not all begin with the same.
    /// </summary>
    private static IEnumerable<FileState[]> FromAnotherPlace(IReadOnlyList<FileState[]> blobs)
    {
        ILookup<bool, FileState[]> bySize = blobs.ToLookup(blob => blob[0].Metadata!.Length >= LeadContest.SmallestContested);
        FileState[][] small = [.. bySize[false]];
        int first = small.Length == 0 ? 0 : Random.Shared.Next(small.Length);
        return [.. bySize[true], .. small[first..], .. small[..first]];
    }

    private async Task BringBlobAsync(FileState[] names, CancellationToken cancellationToken)
    {
        FileState first = names[0];
        FileMetadata metadata = first.Metadata!;
        var progress = new FileProgress(first.Name.Value, metadata.Length);
        try
        {
            var origin = BlobOrigin.Others;
            bool mustFetch = names.Any(name => name.MustBeFetched(_request));
            if (mustFetch || !_lookup.HasBlob(metadata.ETag, metadata.Length))
            {
                _transfers.Add(progress);
                _observer.Begin(progress);
                var bytes = new ByteRequest(_request.RepoType, _request.RepoId, first.Name, metadata);
                origin = await _means
                    .FetcherInto(_folder, first.Waited, _outage)
                    .FetchAsync(bytes, mustFetch, progress, _observer, cancellationToken)
                    .ConfigureAwait(false);
                _outage.Succeeded();
            }
            else
            {
                _observer.Note($"{first.Name}: its bytes are in the cache already; it gets its name.");
            }

            await _means.Threads
                .RunAsync(() => GiveNames(names, metadata.ETag, isFetched: origin != BlobOrigin.Others))
                .ConfigureAwait(false);
            foreach (FileState name in names)
            {
                name.IsResumed = origin == BlobOrigin.Resumed;
            }
        }
        catch (DiskException e)
        {
            FileState.Fail(names, DiskErrors.ToHubError(e));
        }
        catch (HubCacheException e)
        {
            _outage.Failed(e);
            FileState.Fail(names, e);
        }
        finally
        {
            progress.IsFinished = true;
            first.BytesDownloaded += progress.BytesReceived;
            first.BytesReused += progress.BytesReused;
            foreach (FileState name in names)
            {
                name.Times.BeginWith(progress.Times);
                name.Times.End();
            }
        }
    }

    private void GiveNames(FileState[] names, ETag etag, bool isFetched)
    {
        if (!isFetched)
        {
            // Before it gets a name: an earlier call may have failed to put it on the disk.
            _means.PlaceOf(_folder).FlushIfYoung(etag);
        }

        foreach (FileState name in names)
        {
            name.IsLinked |= _means.LinkIn(_folder).Ensure(name.Metadata!.Commit, name.Name, etag, replaceCopy: isFetched);
            name.IsFetched = isFetched;
        }
    }
}
