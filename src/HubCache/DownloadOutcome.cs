using HubCache.Names;

namespace HubCache;

/// <summary>What became of one file of a request: a file, or an error.</summary>
public sealed class DownloadOutcome
{
    internal DownloadOutcome(HubFileName fileName, CachedFile? file, HubCacheException? error)
    {
        FileName = fileName;
        File = file;
        Error = error;
    }

    /// <summary>The name that was asked for.</summary>
    public HubFileName FileName { get; }

    /// <summary>The file in the cache; null when it failed.</summary>
    public CachedFile? File { get; }

    /// <summary>Why it failed; null when it did not. The same object for every file of a request that failed as a whole.</summary>
    public HubCacheException? Error { get; }
}
