using System.Collections.Concurrent;
using HubCache.Blobs;
using HubCache.Hub;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;
using HubCache.Transfer;
using HubCache.Xet;

namespace HubCache.Download;

/// <summary>What all requests of one downloader work with.</summary>
/// <param name="Options">Where the Hub and the cache are.</param>
/// <param name="Disk">The file operations.</param>
/// <param name="Connection">Sends requests.</param>
/// <param name="Rules">How patient to be.</param>
/// <param name="Xet">For files in Xet; null where it cannot be read.</param>
/// <param name="Budget">Connections, memory and bytes a second, for the whole call.</param>
internal sealed record DownloadContext(
    HubOptions Options, Disk Disk, HubConnection Connection, TransferRules Rules, XetContext? Xet, TransferBudget Budget) : IDisposable
{
    // Temps that wait to be put on the disk are open files; there are not many of those to be had.
    private const int MostPublishing = 32;

    private readonly FolderFlush _flush = new(Disk);
    private readonly ConcurrentDictionary<string, TempListing> _listings = new(StringComparer.Ordinal);

    /// <summary>For what waits for the disk.</summary>
    public DiskThreads Threads { get; } = new();

    /// <summary>How many files may be on their way to the disk at once.</summary>
    public SemaphoreSlim Publishing { get; } = new(MostPublishing);

    /// <summary>What is known of the chunks of the cache's blobs.</summary>
    public ChunkLists Chunks { get; } = new(Disk, Options.CachePath);

    /// <summary>What the downloader works on and has returned, for removals to leave alone.</summary>
    public CacheUses Uses { get; } = new(Disk);

    /// <summary>The temps of a repo, listed once for all callers within a moment.</summary>
    public TempListing TempsIn(RepoPaths folder) => _listings.GetOrAdd(folder.Blobs, path => new TempListing(Disk, path));

    /// <summary>How long the headers of an answer with bytes may take.</summary>
    public TimeSpan AnswerPatience
        => Options.ConnectionTimeout > Options.FirstByteTimeout ? Options.ConnectionTimeout : Options.FirstByteTimeout;

    /// <summary>Flushes a folder, once for all callers that ask meanwhile.</summary>
    public void FlushFolder(string folder) => _flush.Flush(folder);

    public SnapshotLink LinkIn(RepoPaths folder) => new(Disk, folder, _flush, Options.WithoutSymbolicLinks);

    public BlobPlace PlaceOf(RepoPaths folder) => new(Disk, folder, _flush);

    public BlobFetcher FetcherInto(RepoPaths folder, TimeSpan alreadyWaited, Outage outage)
        => new(this, folder, Rules with { AlreadyWaited = alreadyWaited }, outage);

    public void Dispose()
    {
        Xet?.Dispose();
        Uses.Dispose();
        Threads.Dispose();
        Publishing.Dispose();
    }
}
