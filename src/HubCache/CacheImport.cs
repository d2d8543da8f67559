using HubCache.Maintenance.Packing;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache;

/// <summary>
/// Takes an archive of <see cref="CacheExport"/> into a cache. Nothing is written before all of the archive has been read and found right.
/// </summary>
public sealed class CacheImport
{
    private readonly Disk _disk;
    private readonly string _archivePath;
    private readonly string _cachePath;
    private readonly bool _withoutSymbolicLinks;

    /// <summary>Sets an import up; reads nothing yet.</summary>
    /// <param name="archivePath">The archive, absolute.</param>
    /// <param name="cachePath">The cache, absolute; it need not exist.</param>
    /// <param name="withoutSymbolicLinks">Whether names in snapshots are hard links or copies in place of symbolic links.</param>
    public CacheImport(string archivePath, string cachePath, bool withoutSymbolicLinks)
        : this(archivePath, cachePath, withoutSymbolicLinks, Disk.OfThisSystem)
    {
    }

    internal CacheImport(string archivePath, string cachePath, bool withoutSymbolicLinks, Disk disk)
    {
        ArgumentException.ThrowIfNullOrEmpty(archivePath);
        ArgumentException.ThrowIfNullOrEmpty(cachePath);
        (_archivePath, _cachePath, _withoutSymbolicLinks, _disk) =
            (archivePath, cachePath, withoutSymbolicLinks, disk.Within(CacheBoundary.ForSaving(cachePath)));
    }

    /// <summary>Reads the whole archive, checks every byte and name of it, and that there is room; writes nothing.</summary>
    /// <param name="observer">Hears progress.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What it would bring; <see cref="ImportedCache.BytesWritten"/> is what the cache lacks now.</returns>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidArchive"/>: it is none of ours, or was changed;
    /// <see cref="HubErrorCode.HashMismatch"/>: a file in it is damaged; <see cref="HubErrorCode.InvalidFileName"/>: this file system
    /// cannot have one of its names; <see cref="HubErrorCode.CacheWriteFailed"/>: there is too little room;
    /// <see cref="HubErrorCode.InvalidOption"/>: there is no such file; <see cref="HubErrorCode.CacheReadFailed"/>: it, or the cache,
    /// cannot be read.</exception>
    public IReadOnlyList<ImportedCache> Check(IDownloadObserver observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return Read(
            archive =>
            {
                var target = new ImportTarget(_disk, _cachePath, archive.Repos, _withoutSymbolicLinks);
                target.Check(_archivePath);
                archive.Visit(new ArchiveCheck(target), "Checking", observer);
                return target.Outcomes();
            },
            cancellationToken);
    }

    /// <summary>Takes the archive in: blobs, links, and refs last. Every blob is checked again on its way.</summary>
    /// <param name="observer">Hears progress.</param>
    /// <param name="cancellationToken">Stops it; no name and no ref was made then.</param>
    /// <exception cref="HubCacheException">As for <see cref="Check"/>; and <see cref="HubErrorCode.CacheWriteFailed"/>: the disk
    /// failed.</exception>
    public IReadOnlyList<ImportedCache> Run(IDownloadObserver observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return Read(
            archive =>
            {
                var target = new ImportTarget(_disk, _cachePath, archive.Repos, _withoutSymbolicLinks);
                target.TryNames();
                archive.Visit(new ArchiveUnpacking(_disk, target, cancellationToken), "Importing", observer);
                target.Link(cancellationToken);
                return target.Outcomes();
            },
            cancellationToken);
    }

    private T Read<T>(Func<ArchiveReader, T> use, CancellationToken cancellationToken)
    {
        try
        {
            using var archive = new ArchiveReader(_disk, _archivePath, cancellationToken);
            return use(archive);
        }
        catch (DiskException e) when (e.Path == _archivePath)
        {
            throw PackingErrors.NotRead(_archivePath, e);
        }
        catch (DiskException e)
        {
            throw DiskErrors.ToHubError(e);
        }
    }
}
