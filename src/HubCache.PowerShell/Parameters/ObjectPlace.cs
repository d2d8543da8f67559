namespace HubCache.PowerShell;

/// <summary>Where an object lies that one cmdlet emitted and another takes in.</summary>
internal static class ObjectPlace
{
    /// <summary>The cache that a file or folder of a repo lies in; null when it lies in none.</summary>
    public static string? CacheOf(string fullName)
    {
        string? path = fullName;
        while (path is not null && !IsRepoFolder(Path.GetFileName(path)))
        {
            path = Path.GetDirectoryName(path);
        }

        return Path.GetDirectoryName(path);
    }

    private static bool IsRepoFolder(string name)
        => Enum.GetNames<RepoType>().Any(type => name.StartsWith($"{type}s--", StringComparison.OrdinalIgnoreCase));
}
