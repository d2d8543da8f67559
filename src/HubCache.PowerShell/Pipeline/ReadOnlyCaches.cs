using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>The caches that a call only reads.</summary>
internal static class ReadOnlyCaches
{
    /// <summary>Those that were given, else those of the environment, whether they are there or not.</summary>
    /// <param name="cmdlet">Resolves what was given.</param>
    /// <param name="given">Paths of PowerShell; null when none were given.</param>
    /// <param name="location">The folder that relative paths of the environment start from.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: not a path of the file system.</exception>
    public static IReadOnlyList<string> Named(PSCmdlet cmdlet, string[]? given, string location)
    {
        return given is null ? HubEnvironment.ReadOnlyCachePaths(location)
            : [.. given.Where(path => !string.IsNullOrEmpty(path)).Select(cmdlet.FileSystemPath).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Those that are there, to be searched: one that is not may be a share that is not mounted.</summary>
    public static IReadOnlyList<string> ThatAreThere(HubCmdlet cmdlet, IReadOnlyList<string> named)
    {
        ILookup<bool, string> isThere = named.ToLookup(Directory.Exists);
        foreach (string missing in isThere[false])
        {
            cmdlet.WriteVerbose($"The read-only cache '{missing}' is not there; it is passed over.");
        }

        return [.. isThere[true]];
    }

    /// <summary>Why an object of such a cache is left as it is.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="target">The object, or the cache where it does not say where it lies.</param>
    /// <param name="areGiven">Whether the parameter names the caches, and not the environment.</param>
    public static HubCacheException Refusal(string cache, string target, bool areGiven)
    {
        string list = areGiven ? "-ReadOnlyCachePath" : "HUBCACHE_READONLY_CACHES";
        return new HubCacheException(
            HubErrorCode.ReadOnlyCache,
            $"'{cache}' is a cache that is only read, as {list} says: what is piped in from it is left as it is.",
            target,
            $"To write to it all the same, name it with -CachePath. Else leave out its objects, or take it out of {list}.");
    }

    /// <summary>The options with these caches.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: the cache to write to was given as one that is not
    /// written to.</exception>
    public static HubOptions PutInto(HubOptions options, IReadOnlyList<string> caches, bool areGiven)
    {
        // The environment may name it all the same: whoever fills a shared cache has it there too.
        return !areGiven || !caches.Contains(Path.TrimEndingDirectorySeparator(options.CachePath))
            ? options with { ReadOnlyCachePaths = caches } : throw new HubCacheException(
            HubErrorCode.InvalidOption,
            $"'{options.CachePath}' is the cache that is written to, and -ReadOnlyCachePath says that it must not be.",
            options.CachePath,
            "Give another folder with -CachePath, or leave it out of -ReadOnlyCachePath.");
    }
}
