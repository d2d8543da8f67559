using HubCache.Platform;

namespace HubCache;

/// <summary>Paths of cache folders, beyond their text.</summary>
public static class CachePaths
{
    /// <summary>Whether two paths are one folder, by whatever way they lead there. Of folders that are not there or cannot be looked at, the text tells.</summary>
    public static bool AreOne(string path, string other)
    {
        return Path.TrimEndingDirectorySeparator(path) == Path.TrimEndingDirectorySeparator(other) || (Identity(path) is string identity && identity == Identity(other));
    }

    private static string? Identity(string path)
    {
        try
        {
            return Disk.OfThisSystem.LookThrough(path) is { Identity.Length: > 0 } facts ? facts.Identity : null;
        }
        catch (DiskException)
        {
            return null;
        }
    }
}
