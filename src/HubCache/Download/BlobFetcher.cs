using System.Globalization;
using HubCache.Cache;
using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Transfer;

namespace HubCache.Download;

/// <summary>Brings one blob into the cache: lead or wait → transfer → verify → publish.</summary>
internal sealed class BlobFetcher(Disk disk, RepoFolder folder, HubConnection connection, TransferRules rules, TimeSpan patience, SemaphoreSlim slots, Outage outage)
{
    private const int MostRestarts = 3;

    private readonly BlobPublisher _publisher = new(disk, folder);

    /// <summary>Fetches the blob, or waits for somebody who does.</summary>
    /// <returns>Whether it was fetched here; false when another process published it.</returns>
    /// <exception cref="DiskException">The disk failed; nothing was published.</exception>
    /// <exception cref="HubCacheException">The transfer failed for good.</exception>
    public async Task<bool> FetchAsync(ByteRequest request, bool force, FileProgress progress, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        ETag etag = request.Metadata.ETag;
        var rivals = new Rivals(disk, folder, etag);
        for (int restarts = 1; ; restarts++)
        {
            DateTime? lostAt = null;
            try
            {
                await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    if (outage.ErrorFor(request.File) is HubCacheException down)
                    {
                        throw down;
                    }

                    progress.Activity = "Downloading";
                    lostAt = await TryLeadAsync(request, force, rivals, progress, observer, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    slots.Release();
                }
            }
            catch (TempLostException) when (restarts < MostRestarts)
            {
                observer.Note($"{progress.Name}: another tool keeps removing the temporary file; the download is started over.");
                continue;
            }
            catch (TempLostException)
            {
                throw new DiskException(DiskError.NotFound, "rename", folder.Blob(etag), "another tool removed the temporary file again and again");
            }

            if (lostAt is null)
            {
                return true;
            }

            progress.Activity = "Waiting";
            observer.Note($"{progress.Name}: somebody else is fetching it; waiting for the blob.");
            if (await new BlobWatch(disk, folder, etag, request.Metadata.Length, rivals).WaitAsync(lostAt.Value - Rivals.Patience, progress, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            observer.Note($"{progress.Name}: nobody gets on with it any more; fetching it here.");
        }
    }

    /// <summary>Fetches and publishes; or, when somebody else leads, returns the time by the file system's clock.</summary>
    private async Task<DateTime?> TryLeadAsync(
        ByteRequest request, bool force, Rivals rivals, FileProgress progress, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        (ETag etag, long length) = (request.Metadata.ETag, request.Metadata.Length);
        bool isContested = length >= LeadContest.SmallestContested && !force;
        var source = new HttpByteSource(connection, request, patience);
        var target = new BlobTarget(etag, length, () => Temp.CreateForBlob(disk, folder, etag), progress);
        using var transfer = new BlobTransfer(target, source, rules, observer);
        using LeadContest? contest = isContested ? new LeadContest(disk, folder, etag, length, transfer.Temp, rivals) : null;
        try
        {
            if (contest is null)
            {
                transfer.Temp.Reserve(length);
            }
            else if (contest.IsLostAtOnce())
            {
                throw new OutrankedException();
            }

            await transfer.RunAsync(contest, cancellationToken).ConfigureAwait(false);
            progress.Activity = "Publishing";
            _publisher.Publish(transfer.Temp, etag);
            rivals.RemoveDead();
            return null;
        }
        catch (OutrankedException)
        {
            return transfer.Temp.Look().Modified;
        }
        catch (DiskException e) when (DiskErrors.IsFull(e) && !force && IsFetchedElsewhere(rivals, transfer.Temp))
        {
            observer.Note(string.Create(CultureInfo.InvariantCulture, $"{progress.Name}: no room for a second copy of {length} bytes while somebody else fetches it."));
            return transfer.Temp.Look().Modified;
        }
    }

    private static bool IsFetchedElsewhere(Rivals rivals, Temp own)
    {
        DateTime now = own.Look().Modified;
        return rivals.OfOurs(own).Any(rival => now - rival.Modified < Rivals.Patience);
    }
}
