using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>PowerShell paths as the file system knows them.</summary>
internal static class FileSystemPaths
{
    /// <summary>Resolves a path literally, relative to the current location, through PowerShell's drives.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: no such drive, or not a path of the file system.</exception>
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

    private static HubCacheException NotAFileSystemPath(string path, string reason, Exception? cause) => new(
        HubErrorCode.InvalidOption,
        $"'{path}' is not a path of the file system. {reason}",
        path,
        "Give a folder of the file system, absolute or relative to a location there.",
        cause);
}
