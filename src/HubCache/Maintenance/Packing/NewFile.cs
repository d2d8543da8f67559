using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Maintenance.Packing;

/// <summary>A file outside the cache that appears under its name when it is whole, or not at all.</summary>
internal static class NewFile
{
    /// <summary>Refuses a place in which no file can be made.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: something is there, or no folder to put it
    /// in.</exception>
    public static void Check(Disk disk, string path, bool overwrite)
    {
        try
        {
            string folder = Path.GetDirectoryName(path) ?? path;
            if (disk.LookThrough(folder) is not { Kind: FileKind.Folder })
            {
                throw new HubCacheException(
                    HubErrorCode.InvalidOption,
                    $"There is no folder '{folder}' to write the file into.",
                    path,
                    "Make the folder first, or give another path.");
            }

            FileFacts? present = disk.Look(path);
            if (present is not null && !overwrite)
            {
                throw PackingErrors.IsThere(path);
            }

            if (present is { Kind: not (FileKind.File or FileKind.Link) })
            {
                throw new HubCacheException(
                    HubErrorCode.InvalidOption, $"'{path}' is no file, and so is not replaced.", path, "Give the path of a file.");
            }
        }
        catch (DiskException e)
        {
            throw PackingErrors.NotWritten(e);
        }
    }

    /// <summary>Writes the file beside its place, puts it on the disk and renames it.</summary>
    /// <param name="disk">The file operations.</param>
    /// <param name="path">The place.</param>
    /// <param name="overwrite">Whether a file that is there is replaced.</param>
    /// <param name="write">Writes the content; whatever it throws, nothing is left.</param>
    /// <returns>Bytes.</returns>
    /// <exception cref="HubCacheException">See <see cref="Check"/>.</exception>
    /// <exception cref="DiskException">It was not written.</exception>
    public static long Write(Disk disk, string path, bool overwrite, Action<Temp> write)
    {
        Check(disk, path, overwrite);
        string folder = Path.GetDirectoryName(path)!;
        using Temp temp = Temp.Create(disk, folder, "export");
        write(temp);
        temp.Flush();

        // It took a while; another process may have made one meanwhile.
        Check(disk, path, overwrite);
        temp.RenameTo(path);
        disk.FlushFolder(folder);
        return temp.Length;
    }
}
