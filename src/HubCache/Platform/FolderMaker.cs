namespace HubCache.Platform;

/// <summary>Makes folders so that they survive a power cut: the entry of each new folder is put on the disk as well.</summary>
internal static class FolderMaker
{
    private const int MostTries = 3;

    /// <summary>Makes the folder and what is missing above it. Does nothing, and writes nothing, when it is there.</summary>
    public static void Ensure(Disk disk, string folder)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                EnsureOnce(disk, folder);
                return;
            }
            catch (DiskException e) when (e.Error == DiskError.NotFound && tries < MostTries)
            {
                // Another tool's clean-up took the folder above, just found or just made.
            }
        }
    }

    private static void EnsureOnce(Disk disk, string folder)
    {
        if (disk.LookThrough(folder) is { Kind: FileKind.Folder })
        {
            return;
        }

        string parent = Path.GetDirectoryName(folder)
            ?? throw new DiskException(DiskError.NotFound, "mkdir", folder, "the root of the file system is missing");
        EnsureOnce(disk, parent);
        if (!disk.MakeFolder(folder))
        {
            return;
        }

        try
        {
            disk.FlushFolder(parent);
        }
        catch (DiskException)
        {
            // Left behind, it would be taken for safe next time.
            disk.RemoveEmptyFolder(folder);
            throw;
        }
    }
}
