using HubCache.Platform;

namespace HubCache.Ownership;

/// <summary>A small file that tells other programs something of a folder. Nothing depends on it, so a failure is not an error.</summary>
internal static class MarkerFile
{
    private const string Prefix = "marker";

    /// <summary>Makes the file if it is missing, or empty as a power cut or a full disk leaves it.</summary>
    /// <param name="disk">The file operations.</param>
    /// <param name="path">The file.</param>
    /// <param name="content">What it says.</param>
    /// <param name="temps">A folder on the same file system, in which no client looks for anything else.</param>
    public static void Ensure(Disk disk, string path, ReadOnlySpan<byte> content, string temps)
    {
        try
        {
            if (disk.Look(path) is not (null or { Kind: FileKind.File, Length: 0 }))
            {
                return;
            }

            Contenders.RemoveDead(disk, temps, prefix => prefix == Prefix);
            using Temp temp = Temp.Create(disk, temps, Prefix);
            temp.Append(content);

            // Not flushed: one that a power cut emptied is written again.
            temp.RenameTo(path);
        }
        catch (DiskException)
        {
            // Another process just made it, or nothing can be written here; then the write that needs it fails.
        }
    }
}
