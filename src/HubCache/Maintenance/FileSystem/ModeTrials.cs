namespace HubCache.Maintenance.FileSystem;

/// <summary>Who may read and write what is made in the cache.</summary>
internal static class ModeTrials
{
    private const UnixFileMode AllFor = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static TrialResult NewFile(TrialPlace place)
    {
        string path = place.At("mode");
        place.Fill(path, 0, 1);
        return Describe(place, path, "file", UnixFileMode.GroupRead);
    }

    public static TrialResult NewFolder(TrialPlace place)
    {
        string path = place.At("modes");
        place.Disk.MakeFolder(path);
        return Describe(place, path, "folder", UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute);
    }

    /// <summary>
    /// The umask as it takes effect, whoever set it: what a new folder lacks. An access list of the folder has its say in that.
    /// </summary>
    public static TrialResult Umask(TrialPlace place)
    {
        if (place.Disk.Mode(place.Folder) is not UnixFileMode mode)
        {
            return TrialResult.NotTried("There are no modes here: rights come from the folder's access list.");
        }

        string umask = Octal(AllFor & ~mode);
        return mode.HasFlag(UnixFileMode.GroupWrite)
            ? TrialResult.Yes("The group may write what you make: several people can fill this cache.", umask)
            : TrialResult.No(
                "Only you may write what you make; the others read it, if at all. To fill a cache together, set umask 002 before.", umask);
    }

    public static TrialResult SharedGroup(TrialPlace place)
    {
        if (place.Disk.Mode(place.Parent) is not UnixFileMode parent || place.Disk.Mode(place.Folder) is not UnixFileMode made)
        {
            return TrialResult.NotTried("There are no modes here: rights come from the folder's access list.");
        }

        return parent.HasFlag(UnixFileMode.SetGroup)
            ? made.HasFlag(UnixFileMode.SetGroup)
                ? TrialResult.Yes(
                    "The folder has the setgid bit, and folders made in it get it: all belongs to the folder's group.", Octal(parent))
                : TrialResult.Warning(
                    "The folder has the setgid bit, but folders made in it do not get it: deeper files belong to the group of "
                        + "whoever makes them.",
                    Octal(parent))
            : IsForGroup(parent)
                ? TrialResult.Warning(
                    "The folder is open to its group but has no setgid bit: what is made in it belongs to the maker's own group. For a "
                        + "shared cache, run chmod g+s on it.",
                    Octal(parent))
                : TrialResult.No(
                    "The folder has no setgid bit: what is made in it belongs to your own group, which is right for a cache of your own.",
                    Octal(parent));
    }

    private static TrialResult Describe(TrialPlace place, string path, string what, UnixFileMode shared)
    {
        if (place.Disk.Mode(path) is not UnixFileMode mode)
        {
            return TrialResult.NotTried("There are no modes here: rights come from the folder's access list.");
        }

        bool isShared = place.Disk.Mode(place.Parent) is UnixFileMode parent && IsForGroup(parent);
        return isShared && (mode & shared) != shared
            ? TrialResult.Warning(
                $"The cache is open to its group, but a new {what} is not: others fail here. Set umask 002 before you fill it.",
                Octal(mode))
            : TrialResult.Yes($"This is what a new {what} gets, by your umask and the folder.", Octal(mode));
    }

    /// <summary>Whether a folder is a group's: one that is open to everybody, such as /tmp, says nothing about a cache in it.</summary>
    private static bool IsForGroup(UnixFileMode folder)
        => folder.HasFlag(UnixFileMode.GroupWrite) && !folder.HasFlag(UnixFileMode.OtherWrite);

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0');
}
