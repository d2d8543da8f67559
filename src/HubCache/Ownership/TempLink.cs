using HubCache.Platform;

namespace HubCache.Ownership;

/// <summary>Puts a link in a place in which something else may lie, atomically.</summary>
internal static class TempLink
{
    /// <summary>Makes a link under a temp name and renames it into place; false where this file system has no such links.</summary>
    /// <param name="disk">The file operations.</param>
    /// <param name="folder">Where the temp lies: on the file system of the place.</param>
    /// <param name="path">The place.</param>
    /// <param name="makeLink">Makes the link under the name that it is given.</param>
    public static bool Place(Disk disk, string folder, string path, Action<string> makeLink)
    {
        string name = IncompleteName.New("link").ToString();
        string temp = Path.Combine(folder, name);
        TempRegister.Add(name);
        try
        {
            makeLink(temp);
            disk.Rename(temp, path);
            return true;
        }
        catch (DiskException e) when (e.Operation is "symlink" or "link"
            && e.Error is DiskError.NotSupported or DiskError.AccessDenied or DiskError.CrossDevice or DiskError.TooManyLinks)
        {
            return false;
        }
        finally
        {
            // Renaming one of two names of the same file onto the other does nothing and leaves both (POSIX rename).
            disk.Delete(temp);
            TempRegister.Remove(name);
        }
    }
}
