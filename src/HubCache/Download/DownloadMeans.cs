using HubCache.Cache;
using HubCache.Hub;
using HubCache.Platform;
using HubCache.Transfer;

namespace HubCache.Download;

/// <summary>What all requests of one downloader work with.</summary>
/// <param name="Options">Where the Hub and the cache are.</param>
/// <param name="Disk">The file operations.</param>
/// <param name="Connection">Sends requests.</param>
/// <param name="Rules">How patient to be.</param>
/// <param name="Slots">How many transfers may run at once; waiting for somebody else's takes none.</param>
internal sealed record DownloadMeans(HubOptions Options, Disk Disk, HubConnection Connection, TransferRules Rules, SemaphoreSlim Slots)
{
    public SnapshotLink LinkIn(RepoFolder folder) => new(Disk, folder, Options.WithoutSymbolicLinks);

    public BlobFetcher FetcherInto(RepoFolder folder, TimeSpan alreadyWaited, Outage outage)
    {
        TimeSpan patience = Options.ConnectionTimeout > Options.OperationTimeout ? Options.ConnectionTimeout : Options.OperationTimeout;
        return new BlobFetcher(Disk, folder, Connection, Rules with { AlreadyWaited = alreadyWaited }, patience, Slots, outage);
    }
}
