using HubCache.Blobs;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Destination;

/// <summary>Tells whether what lies at a place of a destination is the file that belongs there. Never writes.</summary>
internal sealed class FileJudge(Disk disk, LocalFolder folder)
{
    /// <summary>What has to be done about a file. Its bytes are read only where the metadata say nothing of what is there now.</summary>
    /// <exception cref="DiskException">What is there cannot be read.</exception>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.HashMismatch"/>: what is there is the cache's own file, and
    /// wrong.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Standing Judge(Placement file, CancellationToken cancellationToken)
    {
        CacheHit source = file.Source;
        if (file.Present is not { Kind: FileKind.File } present || present.Length != source.Length)
        {
            return Standing.Wrong;
        }

        if (Known(file.Name, present) is LocalMetadata known)
        {
            return !IsOf(known, source.ETag, file.Commit) ? Standing.Wrong
                : known.Commit == file.Commit.Value ? Standing.Right
                : Standing.Unrecorded;
        }

        if (source.ETag is not ETag etag)
        {
            return Standing.Wrong;
        }

        if (BlobHash.IsOf(disk, file.Path, followLink: false, etag, source.Length, cancellationToken))
        {
            return Standing.Unrecorded;
        }

        return disk.LookThrough(source.BlobPath)?.Identity != present.Identity ? Standing.Wrong : throw new HubCacheException(
            HubErrorCode.HashMismatch,
            $"'{file.Path}' is a hard link to the cache's file '{source.BlobPath}', whose bytes do not have their hash: it was "
                + $"changed in place.",
            file.Path,
            "Fetch the file again with -Force.");
    }

    /// <summary>Whether the file is there by its length and metadata; nothing is read of its bytes.</summary>
    /// <param name="file">The name.</param>
    /// <param name="etag">The etag of the right bytes; null when not even the cache knows.</param>
    /// <param name="commit">The commit that it is wanted from.</param>
    /// <param name="length">Bytes.</param>
    /// <exception cref="DiskException">The place cannot be looked at.</exception>
    public bool IsRecorded(HubFileName file, ETag? etag, CommitHash commit, long length)
    {
        return disk.Look(folder.PathOf(file)) is { Kind: FileKind.File } present && present.Length == length
            && Known(file, present) is LocalMetadata known && IsOf(known, etag, commit);
    }

    private LocalMetadata? Known(HubFileName file, FileFacts present)
    {
        return LocalMetadata.Read(disk, folder.MetadataOf(file)) is LocalMetadata known && known.IsCurrent(present) ? known : null;
    }

    private static bool IsOf(LocalMetadata known, ETag? etag, CommitHash commit)
        => etag is null ? known.Commit == commit.Value : known.ETag == etag.Value;
}
