using HubCache.Platform;
using HubCache.Resolving;

namespace HubCache;

/// <summary>Says where the files of a repo lie in the cache. Asks no Hub, writes nothing, and reads no file to the end.</summary>
public sealed class CachedFiles
{
    private readonly CachedFileFinder _finder;

    /// <summary>Begins with a repo at a revision; the commit that a branch stands for is settled by the first answer.</summary>
    /// <param name="request">The repo, the revision, the commit, and what to leave out; the rest does not count.</param>
    /// <param name="cachePath">The cache, absolute.</param>
    /// <param name="readOnlyCachePaths">Other caches, absolute, which are searched before it.</param>
    /// <param name="observer">Hears what nobody can tell of the answers.</param>
    public CachedFiles(DownloadRequest request, string cachePath, IReadOnlyList<string> readOnlyCachePaths, IDownloadObserver observer)
        : this(request, cachePath, readOnlyCachePaths, observer, Disk.OfThisSystem)
    {
    }

    internal CachedFiles(
        DownloadRequest request, string cachePath, IReadOnlyList<string> readOnlyCachePaths, IDownloadObserver observer, Disk disk)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(readOnlyCachePaths);
        _finder = new CachedFileFinder(new CacheInquiry(request, disk, cachePath, readOnlyCachePaths, observer));
    }

    /// <summary>
    /// One outcome for each file that is there, and one error for each name that is not, or pattern of which something is missing:
    /// <see cref="HubErrorCode.HubFileNotFound"/> where it is known that the commit has no such file, else
    /// <see cref="HubErrorCode.NotCached"/>.
    /// </summary>
    /// <param name="files">Names and patterns; each file is told of under the first that means it.</param>
    public IReadOnlyList<DownloadOutcome> Find(IReadOnlyList<FileSelector> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return _finder.Find(files);
    }
}
