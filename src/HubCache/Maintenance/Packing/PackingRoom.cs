using System.Globalization;
using HubCache.Platform;

namespace HubCache.Maintenance.Packing;

/// <summary>Compares the room on a disk with what is about to be written, before the first byte.</summary>
internal static class PackingRoom
{
    /// <summary>Refuses to begin what does not fit. Where the disk does not say how much room it has, it is tried.</summary>
    /// <param name="disk">The file operations.</param>
    /// <param name="folder">Where it will be written; the nearest folder above it while it does not exist.</param>
    /// <param name="needed">Bytes.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheWriteFailed"/>: there is too little.</exception>
    /// <exception cref="DiskException">The folder cannot be looked at.</exception>
    public static void Check(Disk disk, string folder, long needed)
    {
        string? place = folder;
        while (place is not null && disk.LookThrough(place) is null)
        {
            place = Path.GetDirectoryName(place);
        }

        if (place is not null && disk.FreeRoom(place) is long free && free < needed)
        {
            throw new HubCacheException(
                HubErrorCode.CacheWriteFailed,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"There is too little room in '{folder}': {needed} bytes are needed and {free} are free. Nothing was written."),
                folder,
                "Make room, or choose another place.");
        }
    }
}
