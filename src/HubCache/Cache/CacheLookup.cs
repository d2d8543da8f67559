using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Cache;

/// <summary>A file that the cache can serve.</summary>
/// <param name="FullName">The name in the snapshot.</param>
/// <param name="BlobPath">The file with the bytes; the same as <paramref name="FullName"/> where there are no links.</param>
/// <param name="Length">Bytes.</param>
/// <param name="ETag">The etag, when the link names one; null for a copy made by a client without links.</param>
internal sealed record CacheHit(string FullName, string BlobPath, long Length, ETag? ETag);

/// <summary>Answers from the disk what is there. Never writes.</summary>
internal sealed class CacheLookup(Disk disk, RepoFolder folder)
{
    /// <summary>Whether the blob is there as a regular file of this length, links into the shared store followed.</summary>
    public bool HasBlob(ETag etag, long length)
    {
        return disk.LookThrough(folder.Blob(etag)) is { Kind: FileKind.File } facts && facts.Length == length;
    }

    /// <summary>The same for an estimate: where the disk does not say, the blob is taken for missing.</summary>
    public bool SeemsToHaveBlob(ETag etag, long length)
    {
        try
        {
            return HasBlob(etag, length);
        }
        catch (DiskException)
        {
            return false;
        }
    }

    /// <summary>The file in a snapshot, or null when its name is missing, dangles, or is no regular file.</summary>
    public CacheHit? Find(CommitHash commit, HubFileName file)
    {
        string fullName = folder.SnapshotFile(commit, file);
        if (disk.LookThrough(fullName) is not { Kind: FileKind.File } facts)
        {
            return null;
        }

        if (disk.ReadLink(fullName) is not string target)
        {
            return new CacheHit(fullName, fullName, facts.Length, null);
        }

        // A link that leads anywhere but to the blob it names, as in a cache that was copied with absolute ones, is none of ours.
        return ETag.TryParse(target.Split('/')[^1]) is ETag etag && IsSameFile(facts, folder.Blob(etag))
            ? new CacheHit(fullName, folder.Blob(etag), facts.Length, etag)
            : null;
    }

    private bool IsSameFile(FileFacts facts, string path) => disk.LookThrough(path) is FileFacts other && other.Identity == facts.Identity;

    /// <summary>The commit that a revision stands for by what the cache knows: the revision itself, or its ref. Null when there is no usable ref.</summary>
    public CommitHash? Resolve(Revision revision) => revision.Commit ?? new RefFile(disk, folder, revision).Read();
}
