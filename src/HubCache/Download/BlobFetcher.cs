using System.Globalization;
using HubCache.Blobs;
using HubCache.Hub;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;
using HubCache.Transfer;
using HubCache.Xet;

namespace HubCache.Download;

/// <summary>How a blob came into the cache.</summary>
internal enum BlobOrigin
{
    /// <summary>Another process published it.</summary>
    Others,

    /// <summary>All its bytes were fetched here.</summary>
    Downloaded,

    /// <summary>It was gone on with from what an earlier download had left.</summary>
    Resumed,
}

/// <summary>Brings one blob into the cache: lead or wait → transfer → verify → publish.</summary>
internal sealed class BlobFetcher(DownloadContext means, RepoPaths folder, TransferRules rules, Outage outage)
{
    private const int MostRestarts = 3;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private readonly Disk _disk = means.Disk;
    private readonly BlobPlace _place = means.PlaceOf(folder);

    /// <summary>Fetches the blob, or waits for a process that does.</summary>
    /// <exception cref="DiskException">The disk failed; nothing was published.</exception>
    /// <exception cref="HubCacheException">The transfer failed for good.</exception>
    public async Task<BlobOrigin> FetchAsync(
        ByteRequest request, bool force, FileProgress progress, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        string blob = folder.Blob(request.Metadata.ETag);
        while (!force)
        {
            using IDisposable? own = BlobsUnderWay.TryBegin(blob, out Task others);
            if (own is not null)
            {
                return await LeadOrWaitAsync(request, force, progress, observer, cancellationToken).ConfigureAwait(false);
            }

            observer.Note($"{progress.Name}: another call of this process fetches it; waiting for the blob.");
            await others.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (new CacheLookup(_disk, folder).HasBlob(request.Metadata.ETag, request.Metadata.Length))
            {
                return BlobOrigin.Others;
            }
        }

        return await LeadOrWaitAsync(request, force, progress, observer, cancellationToken).ConfigureAwait(false);
    }

    private async Task<BlobOrigin> LeadOrWaitAsync(
        ByteRequest request, bool force, FileProgress progress, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        (ETag etag, long length) = (request.Metadata.ETag, request.Metadata.Length);
        bool isSmall = length < LeadContest.SmallestContested && !force;
        var rivals = new Contenders(_disk, folder, etag, isSmall ? means.TempsIn(folder) : null);
        using SmallFileTurn? turn = isSmall ? new SmallFileTurn(_disk, folder, etag, length, rivals) : null;
        for (int restarts = 1; ; restarts++)
        {
            DateTime lostAt;
            try
            {
                (BlobOrigin origin, lostAt) =
                    await TryLeadAsync(request, force, rivals, turn, progress, observer, cancellationToken).ConfigureAwait(false);
                if (origin != BlobOrigin.Others)
                {
                    return origin;
                }
            }
            catch (TempLostException) when (restarts < MostRestarts)
            {
                observer.Note($"{progress.Name}: another tool keeps removing the temporary file; the download is started over.");
                continue;
            }
            catch (TempLostException)
            {
                throw new DiskException(
                    DiskError.NotFound, "rename", folder.Blob(etag), "another tool removed the temporary file again and again");
            }

            progress.Activity = "Waiting";
            observer.Note($"{progress.Name}: somebody else leads and fetches it; waiting for the blob.");
            DateTime oldest = lostAt > DateTime.MinValue + ProtocolTimes.Stale ? lostAt - ProtocolTimes.Stale : lostAt;
            if (await new BlobWatch(_disk, folder, etag, length, rivals)
                .WaitAsync(oldest, progress, cancellationToken)
                .ConfigureAwait(false))
            {
                observer.Note($"{progress.Name}: published by another.");
                return BlobOrigin.Others;
            }

            if (isSmall)
            {
                // The holder of a lock may show no temp for a moment.
                await Task.Delay(LookAgain, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                observer.Note($"{progress.Name}: nobody gets on with it any more; fetching it here.");
            }
        }
    }

    /// <summary>Fetches and publishes; or, when another process leads, returns the time by the file system's clock.</summary>
    private async Task<(BlobOrigin Origin, DateTime LostAt)> TryLeadAsync(
        ByteRequest request,
        bool force,
        Contenders rivals,
        SmallFileTurn? turn,
        FileProgress progress,
        IDownloadObserver observer,
        CancellationToken cancellationToken)
    {
        (ETag etag, long length) = (request.Metadata.ETag, request.Metadata.Length);
        using TransferPlace place = await means.Budget.EnterAsync(length, cancellationToken).ConfigureAwait(false);
        if (outage.ErrorFor(request.File) is HubCacheException down)
        {
            throw down;
        }

        if (turn?.IsOurs(out DateTime seenAt) == false)
        {
            return (BlobOrigin.Others, seenAt);
        }

        progress.Times.Begin();
        progress.Activity = "Downloading";
        var written = new WrittenPart();
        using BlobSource source = BlobSource.For(means, request, written, progress, observer);
        var target = new BlobTarget(etag, length, () => Temp.CreateForBlob(_disk, folder, etag), progress);
        using var transfer = new BlobTransfer(target, source.Bytes, rules, means.Budget, observer);
        written.Temp = () => transfer.Temp;
        using LeadContest? contest =
            length >= LeadContest.SmallestContested && !force ? new LeadContest(_disk, folder, etag, length, transfer.Temp, rivals) : null;
        try
        {
            if (contest?.IsLostAtOnce() == true)
            {
                throw new OutrankedException();
            }

            observer.Note(string.Create(CultureInfo.InvariantCulture, $"{progress.Name}: fetching it here, {length} bytes."));
            bool isResumed = !force && length >= EarlierBytes.Least
                && await TryResumeAsync(
                    new EarlierBytes(_disk, folder, etag, length, rivals),
                    transfer,
                    contest,
                    observer,
                    cancellationToken).ConfigureAwait(false);
            isResumed = isResumed || (!force && await TryCopyFromStoreAsync(
                request, folder, transfer, contest, progress, observer, cancellationToken).ConfigureAwait(false));
            if (contest is null || isResumed)
            {
                transfer.Temp.Reserve(length);
            }

            await source.PrepareAsync(transfer.Temp.Length, cancellationToken).ConfigureAwait(false);
            await transfer.RunAsync(contest, cancellationToken).ConfigureAwait(false);
            progress.Activity = "Publishing";
            await PublishAsync(transfer.Writer, place, cancellationToken).ConfigureAwait(false);
            source.KeepChunks(means, folder, etag);
            progress.Times.End();
            observer.Note(string.Create(
                CultureInfo.InvariantCulture,
                $"{progress.Name}: downloaded, {progress.BytesReceived} bytes in {progress.Times.Took.TotalSeconds:0.0##} s over "
                    + $"{transfer.MostConnections} connection{(transfer.MostConnections == 1 ? string.Empty : "s")} at most."));
            return (transfer.IsResumed ? BlobOrigin.Resumed : BlobOrigin.Downloaded, default);
        }
        catch (OutrankedException)
        {
            transfer.Keep();
            return (BlobOrigin.Others, transfer.Temp.Look().Modified);
        }
        catch (DiskException e) when (DiskErrors.IsFull(e) && !force && IsFetchedElsewhere(rivals, transfer.Temp))
        {
            observer.Note(string.Create(
                CultureInfo.InvariantCulture,
                $"{progress.Name}: no room for a second copy of {length} bytes while somebody else fetches it."));
            return (BlobOrigin.Others, transfer.Temp.Look().Modified);
        }
        catch (DiskException e) when (e.Error == DiskError.Busy)
        {
            // All bytes are here and right, but another process holds the file open.
            transfer.Keep();
            throw;
        }
        catch (Exception e) when (e is OperationCanceledException or HubCacheException
        {
            Code: HubErrorCode.HubUnreachable or HubErrorCode.TransferTimeout or HubErrorCode.RateLimited
            or HubErrorCode.ProxyRefused or HubErrorCode.CertificateInvalid
        })
        {
            // The bytes are right as far as anybody knows: the next call goes on from them.
            transfer.Keep();
            throw;
        }
    }

    /// <summary>Goes on from what an earlier download left, if there is anything.</summary>
    private static async Task<bool> TryResumeAsync(
        EarlierBytes earlier, BlobTransfer transfer, LeadContest? contest, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        Temp? prefix = earlier.TakeOver();
        DateTime now = transfer.Temp.Look().Modified;
        if (prefix is null && earlier.HasCopyable(now))
        {
            if (contest is not null)
            {
                // Several processes may be about to copy the same bytes: only the leader does.
                await contest.PassAsync(cancellationToken).ConfigureAwait(false);
            }

            prefix = earlier.Copy(now);
        }

        if (prefix is null)
        {
            return false;
        }

        transfer.Resume(prefix);
        observer.Note(string.Create(CultureInfo.InvariantCulture, $"{transfer.Name}: resumed at byte {prefix.Length}."));
        if (contest is not null)
        {
            await contest.GoOnWithAsync(prefix, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>
    /// Takes the bytes of the store that other clients share between repos; the hash of the whole decides, as of any other prefix.
    /// </summary>
    private async Task<bool> TryCopyFromStoreAsync(
        ByteRequest request,
        RepoPaths repo,
        BlobTransfer transfer,
        LeadContest? contest,
        FileProgress progress,
        IDownloadObserver observer,
        CancellationToken cancellationToken)
    {
        var store = new SharedStore(_disk, repo.CachePath);
        if (request.Metadata.Xet is not XetHash hash || !store.IsThere)
        {
            return false;
        }

        if (contest is not null)
        {
            await contest.PassAsync(cancellationToken).ConfigureAwait(false);
        }

        if (store.Copy(hash.ToString(), request.Metadata.Length, () => Temp.CreateForBlob(_disk, repo, request.Metadata.ETag))
            is not Temp copy)
        {
            return false;
        }

        transfer.Resume(copy);
        progress.Reused(copy.Length);
        observer.Note($"{progress.Name}: the store that repos share has it; its bytes are copied.");
        if (contest is not null)
        {
            await contest.GoOnWithAsync(copy, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Publishes on a thread that may wait for the disk; the network is free for the next file meanwhile.</summary>
    private async Task PublishAsync(BlobWriter blob, TransferPlace place, CancellationToken cancellationToken)
    {
        // In this order: a disk that is slower than the network must not leave more and more open temps behind.
        await means.Publishing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            place.Dispose();
            await means.Threads.RunAsync(() => blob.Commit(_place, cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            means.Publishing.Release();
        }
    }

    private static bool IsFetchedElsewhere(Contenders rivals, Temp own)
    {
        DateTime now = own.Look().Modified;
        return rivals.OfOurs(own).Any(rival => now - rival.Modified < ProtocolTimes.Stale);
    }
}
