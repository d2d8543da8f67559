using HubCache.Maintenance.Packing;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache;

/// <summary>
/// A file that says of repos which commit, and of that commit which files, with their lengths and hashes: enough to install exactly that
/// elsewhere.
/// </summary>
public static class LockFile
{
    // A million files.
    private const long Longest = 256 << 20;

    /// <summary>Reads a lock file.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: there is none, or it cannot be used;
    /// <see cref="HubErrorCode.CacheReadFailed"/>: the disk failed.</exception>
    public static IReadOnlyList<LockedRepo> Read(string path) => Read(path, Disk.OfThisSystem);

    /// <summary>Writes a lock file, whole or not at all.</summary>
    /// <param name="path">Where.</param>
    /// <param name="repos">What it is to say; not empty.</param>
    /// <param name="overwrite">Whether a file that is there is replaced.</param>
    /// <returns>Bytes.</returns>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: one is there, or no folder for it;
    /// <see cref="HubErrorCode.CacheWriteFailed"/>: the disk failed.</exception>
    public static long Write(string path, IEnumerable<LockedRepo> repos, bool overwrite)
        => Write(path, repos, overwrite, Disk.OfThisSystem);

    internal static IReadOnlyList<LockedRepo> Read(string path, Disk disk)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] text;
        try
        {
            using SafeFileHandle file = disk.OpenForReading(path, followLink: true);
            long length = disk.Look(file, path).Length;
            text = new byte[length <= Longest ? length : throw Unusable(path, "is longer than any lock file", null)];
            new DiskInput(disk, file, path).ReadExactly(text);
        }
        catch (DiskException e)
        {
            throw PackingErrors.NotRead(path, e);
        }
        catch (EndOfStreamException e)
        {
            throw Unusable(path, "was cut off while it was read", e);
        }

        try
        {
            return [.. PackingJson.Read(text, PackingJson.LockFormat).Select(repo => repo.Locked)];
        }
        catch (FormatException e)
        {
            throw Unusable(path, e.Message, e);
        }
    }

    internal static long Write(string path, IEnumerable<LockedRepo> repos, bool overwrite, Disk disk)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] text = PackingJson.Write(PackingJson.LockFormat, repos.Select(repo => new PackedRepo(repo, [], null)));
        try
        {
            return NewFile.Write(disk, path, overwrite, temp => temp.Append(text));
        }
        catch (DiskException e)
        {
            throw PackingErrors.NotWritten(e);
        }
    }

    private static HubCacheException Unusable(string path, string fault, Exception? cause) => new(
        HubErrorCode.InvalidOption,
        $"'{path}' is no lock file that can be used: it {fault}.",
        path,
        "Make a new one with Export-HubCache -LockFile on a machine that has the files, and do not edit it by hand.",
        cause);
}
