namespace HubCache.Platform;

/// <summary>Turns what the disk answered into errors that say what to do.</summary>
internal static class DiskErrors
{
    public static bool IsFull(DiskException e) => e.Error is DiskError.NoSpace or DiskError.QuotaExceeded;

    /// <summary>The error for what is in a cache and cannot be read, which is not the same as what is not there.</summary>
    public static HubCacheException Unreadable(DiskException e) => new(
        HubErrorCode.CacheReadFailed,
        $"The cache cannot be read: {e.Message}",
        e.Path,
        $"Check that you may read '{e.Path}' and that its disk works, or give another cache with -CachePath.",
        e);

    /// <summary>The error for people.</summary>
    /// <param name="e">What the disk answered.</param>
    /// <param name="elsewhere">The advice to go to another place.</param>
    public static HubCacheException ToHubError(DiskException e, string elsewhere = "choose another cache with -CachePath or HF_HUB_CACHE")
    {
        string advice = e.Error switch
        {
            DiskError.NoSpace => $"Make room on the disk, or {elsewhere}.",
            DiskError.QuotaExceeded => $"Ask for more quota, or {elsewhere}.",
            DiskError.ReadOnly => $"The file system is read-only: {elsewhere}.",
            DiskError.AccessDenied => $"Check the permissions of the folder and those above it, or {elsewhere}.",
            DiskError.CrossDevice => "Let the folder and all that is in it lie on one file system.",
            DiskError.LinkedFolder => AdviceForLink(e),
            DiskError.NotAFolder or DiskError.IsAFolder or DiskError.LinkRefused
                => "Something else lies where a file or a folder has to be: move it away.",
            DiskError.InputOutput => "The disk reports an error of its own: check it before you go on.",
            DiskError.BadName
                => "The name or the path is too long for this file system, or has characters that it does not take: " + elsewhere + ".",
            _ => "Check the disk and the path.",
        };
        return new HubCacheException(
            e.Error == DiskError.LinkedFolder ? HubErrorCode.LinkedFolder : HubErrorCode.CacheWriteFailed, e.Message, e.Path, advice, e);
    }

    /// <summary>Names the folder to give instead, for people who put a cache or a repo on another disk.</summary>
    private static string AdviceForLink(DiskException e)
    {
        string? target = e.LinkTarget is null ? null : Path.TrimEndingDirectorySeparator(e.LinkTarget);
        return target is null ? "Put a folder in the place of the link."
            : e.IsRoot ? $"If that is the cache, give it instead: -CachePath '{target}'."
            : Path.GetFileName(target) == Path.GetFileName(e.Path) && Path.GetFileName(target).Contains("--", StringComparison.Ordinal)
                ? $"If that is the repo, give the folder that it lies in instead: -CachePath '{Path.GetDirectoryName(target)}'."
            : $"Look who made the link. Put a folder in its place, such as '{target}' itself.";
    }
}
