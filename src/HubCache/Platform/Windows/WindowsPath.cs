namespace HubCache.Platform.Windows;

/// <summary>Paths as the system calls of Windows take them at any length.</summary>
/// <remarks>"The Windows API has many functions that also have Unicode versions to permit an extended-length path for a maximum total path
/// length of 32,767 characters … To specify an extended-length path, use the "\\?\" prefix."
/// (<see href="https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation">Maximum Path Length Limitation</see>)
/// After the prefix nothing is changed any more: '/' is no separator, and neither "." nor ".." means anything.</remarks>
internal static class WindowsPath
{
    private const string Prefix = @"\\?\";
    private const string Device = @"\\.\";

    /// <summary>The path with the prefix. Relative parts are resolved first.</summary>
    public static string Extended(string path) => OfFull(Path.GetFullPath(path));

    /// <summary>
    /// The same for a full path, by its text alone. A drive's root keeps its backslash: without it the name is the drive's device.
    /// </summary>
    internal static string OfFull(string fullPath)
    {
        string path = fullPath.Replace('/', '\\');
        return path.StartsWith(Prefix, StringComparison.Ordinal) || path.StartsWith(Device, StringComparison.Ordinal) ? path
            : path.StartsWith(@"\\", StringComparison.Ordinal) ? $@"{Prefix}UNC\{path[2..]}"
            : path.Length == 2 && path[1] == ':' ? $@"{Prefix}{path}\"
            : Prefix + path;
    }

    /// <summary>Whether the path that a handle tells of lies on another machine.</summary>
    internal static bool IsOnAServer(string extended) => extended.StartsWith(@"\\?\UNC\", StringComparison.OrdinalIgnoreCase);
}
