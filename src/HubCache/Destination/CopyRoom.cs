using HubCache.Platform;

namespace HubCache.Destination;

/// <summary>The room for copies on the disk of a destination, compared once for all files together, before the first is copied.</summary>
/// <remarks>An estimate that makes for a clear error: the disk itself has the last word, and what it refuses is an error as well.</remarks>
internal sealed class CopyRoom
{
    private readonly Lazy<HubCacheException?> _refusal;

    /// <summary>Compares nothing yet: where files can be linked or cloned, the room is never asked for.</summary>
    public CopyRoom(Disk disk, LocalFolder folder, IReadOnlyCollection<Placement> files)
    {
        _refusal = new Lazy<HubCacheException?>(() => Compare(disk, folder, files));
    }

    /// <summary>Asked before a file is copied.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheWriteFailed"/>, the same for every file.</exception>
    public void Require()
    {
        if (_refusal.Value is HubCacheException refusal)
        {
            throw refusal;
        }
    }

    private static HubCacheException? Compare(Disk disk, LocalFolder folder, IReadOnlyCollection<Placement> files)
    {
        // What is replaced makes room, but only when the copy is whole.
        long growth = files.Sum(file => file.Source.Length - (file.Present is { Kind: FileKind.File } present ? present.Length : 0));
        long needed = Math.Max(growth, files.Max(file => file.Source.Length));
        return disk.FreeRoom(folder.FullName) is long free && free < needed
            ? new HubCacheException(
                HubErrorCode.CacheWriteFailed,
                $"The copies in '{folder.FullName}' need {needed} bytes, and its disk has {free}.",
                folder.FullName,
                "Make room on the disk, or choose another -Destination. On the disk of the cache, -HardLink needs no room.")
            : null;
    }
}
