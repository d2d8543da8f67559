using HubCache.Platform;

namespace HubCache.Cache;

/// <summary>Turns what the disk answered into errors that say what to do.</summary>
internal static class DiskErrors
{
    public static bool IsFull(DiskException e) => e.Error is DiskError.NoSpace or DiskError.QuotaExceeded;

    public static HubCacheException ToHubError(DiskException e)
    {
        string advice = e.Error switch
        {
            DiskError.NoSpace => "Make room on the disk, or choose another cache with -CachePath or HF_HUB_CACHE.",
            DiskError.QuotaExceeded => "Ask for more quota, or choose another cache with -CachePath or HF_HUB_CACHE.",
            DiskError.ReadOnly => "The file system is read-only: choose another cache with -CachePath or HF_HUB_CACHE.",
            DiskError.AccessDenied => "Check the permissions of the cache and its folders, or choose another cache with -CachePath or HF_HUB_CACHE.",
            DiskError.CrossDevice => "Let all folders of a repo in the cache lie on one file system.",
            DiskError.NotAFolder or DiskError.IsAFolder or DiskError.LinkRefused => "Something else lies where the cache needs a file or a folder: move it away.",
            DiskError.InputOutput => "The disk reports an error of its own: check it before you go on.",
            _ => "Check the disk and the path.",
        };
        return new HubCacheException(HubErrorCode.CacheWriteFailed, e.Message, e.Path, advice, e);
    }
}
