namespace HubCache;

/// <summary>Says what a cache holds. Never writes, and no single broken thing hides the rest.</summary>
public static class CacheScan
{
    /// <summary>The repos of a cache whose id and type the filter lets through, by type and id. A cache folder that does not exist has none.</summary>
    public static IEnumerable<CachedRepo> Repos(string cachePath, Func<string, RepoType, bool> filter, CancellationToken cancellationToken) => throw new NotImplementedException();
}
