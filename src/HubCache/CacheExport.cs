using HubCache.Maintenance.Packing;
using HubCache.Platform;

namespace HubCache;

/// <summary>Writes what a cache holds into an archive that other machines can take in without the Hub, or into a lock file.</summary>
public sealed class CacheExport
{
    private readonly Disk _disk;
    private readonly List<ExportItem> _items = [];

    /// <summary>Begins an export of nothing.</summary>
    public CacheExport()
        : this(Disk.OfThisSystem)
    {
    }

    internal CacheExport(Disk disk) => _disk = disk;

    /// <summary>What was taken in so far.</summary>
    public IReadOnlyList<LockedRepo> Repos => [.. _items.Select(item => item.Packed.Locked)];

    /// <summary>Refuses a path that nothing can be written to.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: something is there, or no folder to put it
    /// in.</exception>
    public static void CheckPath(string path, bool overwrite) => NewFile.Check(Disk.OfThisSystem, path, overwrite);

    /// <summary>Finds out what a request means and takes it in. Writes nothing.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.NotCached"/>: the cache does not hold all of it;
    /// <see cref="HubErrorCode.CacheReadFailed"/>: it cannot be read; <see cref="HubErrorCode.InvalidOption"/>: the same commit was taken
    /// in from another cache.</exception>
    public void Add(ExportRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ExportItem item;
        try
        {
            item = new ExportPlan(_disk, request, cancellationToken).Make();
        }
        catch (DiskException e)
        {
            throw new HubCacheException(
                HubErrorCode.CacheReadFailed,
                $"'{request.RepoId}' in the cache '{request.CachePath}' cannot be read: {e.Message}",
                request.RepoId.Value,
                "Check that the folder is reachable and that you may read it.",
                e);
        }

        int same = _items.FindIndex(item.IsSameAs);
        if (same >= 0)
        {
            _items[same] = _items[same].With(item);
        }
        else if (_items.Find(other => other.Folder.FolderName == item.Folder.FolderName && other.Folder.CachePath != item.Folder.CachePath)
            is ExportItem other)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                $"'{request.RepoId}' comes from two caches: '{other.Folder.CachePath}' and '{request.CachePath}'.",
                request.RepoId.Value,
                "Export one cache at a time.");
        }
        else
        {
            _items.Add(item);
        }
    }

    /// <summary>Writes an archive with all that was taken in, whole or not at all. Every blob is checked against its hash.</summary>
    /// <param name="path">Where; compressed if it ends in <c>.gz</c> or <c>.tgz</c>.</param>
    /// <param name="overwrite">Whether a file that is there is replaced.</param>
    /// <param name="observer">Hears progress.</param>
    /// <param name="cancellationToken">Stops it; nothing is left then.</param>
    /// <returns>Bytes of the archive.</returns>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.HashMismatch"/>: a blob is damaged;
    /// <see cref="HubErrorCode.CacheWriteFailed"/>: the disk is full or failed; <see cref="HubErrorCode.InvalidOption"/>: see
    /// <see cref="CheckPath"/>.</exception>
    public long WriteArchive(string path, bool overwrite, IDownloadObserver observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(observer);
        try
        {
            return new ArchiveWriter(_disk, _items, observer, cancellationToken).Write(path, overwrite);
        }
        catch (DiskException e)
        {
            throw PackingErrors.NotWritten(e);
        }
    }

    /// <summary>Writes a lock file of all that was taken in. The blobs are not read.</summary>
    /// <param name="path">Where.</param>
    /// <param name="overwrite">Whether a file that is there is replaced.</param>
    /// <returns>Bytes of the lock file.</returns>
    /// <exception cref="HubCacheException">See <see cref="LockFile.Write(string, IEnumerable{LockedRepo}, bool)"/>.</exception>
    public long WriteLock(string path, bool overwrite) => LockFile.Write(path, Repos, overwrite, _disk);
}
