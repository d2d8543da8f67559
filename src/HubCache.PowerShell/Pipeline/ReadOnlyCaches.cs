using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>The caches that a call only reads.</summary>
internal static class ReadOnlyCaches
{
    /// <summary>Those that were given, else those of the environment; without those that are not there, which may be a share that is not mounted.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: not a path of the file system.</exception>
    public static IReadOnlyList<string> Of(PSCmdlet cmdlet, string[]? given)
    {
        IReadOnlyList<string> named = given is null ? HubEnvironment.ReadOnlyCachePaths()
            : [.. given.Where(path => !string.IsNullOrEmpty(path)).Select(cmdlet.FileSystemPath).Distinct(StringComparer.Ordinal)];
        ILookup<bool, string> isThere = named.ToLookup(Directory.Exists);
        foreach (string missing in isThere[false])
        {
            cmdlet.WriteVerbose($"The read-only cache '{missing}' is not there; it is passed over.");
        }

        return [.. isThere[true]];
    }

    /// <summary>The options with these caches.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: the cache to write to was given as one that is not written to.</exception>
    public static HubOptions PutInto(HubOptions options, IReadOnlyList<string> caches, bool areGiven)
    {
        // The environment may name it all the same: whoever fills a shared cache has it there too.
        return !areGiven || !caches.Contains(Path.TrimEndingDirectorySeparator(options.CachePath)) ? options with { ReadOnlyCachePaths = caches } : throw new HubCacheException(
            HubErrorCode.InvalidOption,
            $"'{options.CachePath}' is the cache that is written to, and -ReadOnlyCachePath says that it must not be.",
            options.CachePath,
            "Give another folder with -CachePath, or leave it out of -ReadOnlyCachePath.");
    }
}
