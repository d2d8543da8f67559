using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>PowerShell paths as the file system knows them.</summary>
internal static class PowerShellPaths
{
    /// <summary>Resolves a path literally, relative to the current location, through PowerShell's drives.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: no such drive, or not a path of the file
    /// system.</exception>
    public static string FileSystemPath(this PSCmdlet cmdlet, string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw NotAFileSystemPath(path.Replace('\0', '?'), "It has a null character.", null);
        }

        ProviderInfo provider;
        string resolved;
        try
        {
            resolved = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out provider, out _);
        }
        catch (SessionStateException error)
        {
            throw NotAFileSystemPath(path, error.Message, error);
        }

        return provider.Name == "FileSystem"
            ? Path.TrimEndingDirectorySeparator(resolved)
            : throw NotAFileSystemPath(path, $"It belongs to the provider {provider.Name}.", null);
    }

    /// <summary>Resolves a path that may have wildcards in it; one without any is taken as it is, whether it is there or not.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: as above, or nothing matches.</exception>
    public static IReadOnlyList<string> FileSystemPaths(this PSCmdlet cmdlet, string path)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(path))
        {
            return [cmdlet.FileSystemPath(path)];
        }

        _ = cmdlet.FileSystemPath(path);
        try
        {
            string[] found = [.. cmdlet.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _)];
            return found.Length > 0 ? found : throw NothingMatches(path, null);
        }
        catch (Exception error) when (error is SessionStateException or RuntimeException)
        {
            throw NothingMatches(path, error);
        }
    }

    private static HubCacheException NothingMatches(string path, Exception? cause) => new(
        HubErrorCode.InvalidOption,
        $"No file matches '{path}'.",
        path,
        "Check the folder and the pattern; a name with brackets in it is given with -LiteralPath.",
        cause);

    private static HubCacheException NotAFileSystemPath(string path, string reason, Exception? cause) => new(
        HubErrorCode.InvalidOption,
        $"'{path}' is not a path of the file system. {reason}",
        path,
        "Give a folder of the file system, absolute or relative to a location there.",
        cause);
}
