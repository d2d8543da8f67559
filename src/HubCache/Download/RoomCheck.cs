using System.Globalization;
using HubCache.Blobs;
using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Download;

/// <summary>
/// Compares the room on the disk with what has to be fetched, before the first byte: a disk that fills up halfway costs hours.
/// </summary>
internal sealed class RoomCheck(Disk disk, RepoPaths folder)
{
    /// <summary>The error when there is too little room; null when there is enough, or when that cannot be told.</summary>
    /// <param name="missing">What has to be fetched. Each blob counts once, what a dead download left of it does not, nor does one that
    /// somebody else fetches.</param>
    public HubCacheException? Check(IEnumerable<FileMetadata> missing)
    {
        List<FileMetadata> blobs = [.. missing.DistinctBy(blob => blob.ETag)];
        if (blobs.Count == 0)
        {
            return null;
        }

        PartialBlobs partial = PartialBlobs.In(disk, folder);
        long needed = 0;
        foreach (FileMetadata blob in blobs.Where(blob => !partial.IsUnderWay(blob.ETag)))
        {
            long rest = blob.Length - partial.Left(blob.ETag, blob.Length);

            // Lengths come from outside: a sum that runs over is more than any disk has.
            needed = needed > long.MaxValue - rest ? long.MaxValue : needed + rest;
        }

        return Room() is long free && free < needed ? TooLittle(needed, free) : null;
    }

    /// <summary>
    /// Bytes that are free where the blobs will lie. As long as there is no such folder, the nearest one above it says so.
    /// </summary>
    private long? Room()
    {
        try
        {
            string? place = folder.Blobs;
            while (place is not null && disk.LookThrough(place) is null)
            {
                place = Path.GetDirectoryName(place);
            }

            return place is null ? null : disk.FreeRoom(place);
        }
        catch (DiskException)
        {
            return null;
        }
    }

    private HubCacheException TooLittle(long needed, long free)
    {
        return new HubCacheException(
            HubErrorCode.CacheWriteFailed,
            string.Create(
                CultureInfo.InvariantCulture,
                $"There is too little room in '{folder.Blobs}': {needed} bytes are missing and {free} are free. Nothing was fetched."),
            folder.Blobs,
            "Make room, ask for fewer files (-FileName, -Exclude), or choose another cache with -CachePath or HF_HUB_CACHE.");
    }
}
