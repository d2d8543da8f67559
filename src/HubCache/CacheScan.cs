using HubCache.Maintenance;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache;

/// <summary>Says what a cache holds. Never writes, and no single broken thing hides the rest.</summary>
public static class CacheScan
{
    /// <summary>
    /// The repos of a cache whose id and type the filter lets through, by type and id. A cache folder that does not exist has none.
    /// </summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: the cache path is no folder;
    /// <see cref="HubErrorCode.CacheReadFailed"/>: the cache folder itself cannot be read.</exception>
    public static IEnumerable<CachedRepo> Repos(string cachePath, Func<string, RepoType, bool> filter, CancellationToken cancellationToken)
    {
        return Repos(cachePath, filter, Disk.OfThisSystem, cancellationToken);
    }

    internal static IEnumerable<CachedRepo> Repos(
        string cachePath, Func<string, RepoType, bool> filter, Disk disk, CancellationToken cancellationToken)
    {
        // Checked here and not on the first turn of the caller's loop: a bad argument is told where it is given.
        var folders = new RepoFolders(disk, cachePath);
        return EachOf(folders, filter, disk, cancellationToken);
    }

    private static IEnumerable<CachedRepo> EachOf(
        RepoFolders folders, Func<string, RepoType, bool> filter, Disk disk, CancellationToken cancellationToken)
    {
        foreach (RepoPaths folder in folders.Passing(filter))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (new RepoScan(disk, folder, cancellationToken).Run() is CachedRepo repo)
            {
                yield return repo;
            }
        }
    }
}
