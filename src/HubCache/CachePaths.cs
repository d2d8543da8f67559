using HubCache.Platform;

namespace HubCache;

/// <summary>Paths of cache folders, beyond their text.</summary>
internal static class CachePaths
{
    /// <summary>
    /// Whether two paths are one folder, by whatever way they lead there. Of folders that are not there or cannot be looked at, the text
    /// tells.
    /// </summary>
    public static bool AreOne(string path, string other)
    {
        return string.Equals(Path.TrimEndingDirectorySeparator(path), Path.TrimEndingDirectorySeparator(other), ByText)
            || Identity(path) == Identity(other);
    }

    // Where case is not told apart, two that differ in it alone are taken for one: a cache that is only read must not be written to.
    private static StringComparison ByText => OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private static FileIdentity Identity(string path)
    {
        try
        {
            return Disk.OfThisSystem.LookThrough(path) is FileFacts facts ? facts.Identity : FileIdentity.Unknown;
        }
        catch (DiskException)
        {
            return FileIdentity.Unknown;
        }
    }
}
