using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Store;

/// <summary>A file that the cache can serve.</summary>
/// <param name="FullName">The name in the snapshot.</param>
/// <param name="BlobPath">The file with the bytes; the same as <paramref name="FullName"/> where there are no links.</param>
/// <param name="Length">Bytes.</param>
/// <param name="ETag">The etag, when the link names one; null for a copy made by a client without links.</param>
/// <param name="IsReadOnly">Whether it lies in a cache that is only read: nothing is ever done to it.</param>
internal sealed record CacheHit(string FullName, string BlobPath, long Length, ETag? ETag, bool IsReadOnly = false)
{
    /// <summary>
    /// Whether it is the blob, as far as a name and a length can tell: a link to it, or a regular file of its length, as clients without
    /// links leave it.
    /// </summary>
    public bool Is(ETag etag, long length) => Length == length && (ETag is null || ETag == etag);
}

/// <summary>Answers from the disk what is there. Never writes.</summary>
/// <param name="disk">The file operations.</param>
/// <param name="folder">The repo in the cache that is written to.</param>
/// <param name="readOnly">The repo in the caches that are only read; they are searched first. Null for none.</param>
internal sealed class CacheLookup(Disk disk, RepoPaths folder, IReadOnlyList<RepoPaths>? readOnly = null)
{
    private readonly IReadOnlyList<RepoPaths> _readOnly = readOnly ?? [];

    /// <summary>
    /// The first error of a cache that is only read, which was passed over: what was not found may be there. Null when there was none.
    /// </summary>
    public DiskException? Unread { get; private set; }

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
    public CacheHit? Find(CommitHash commit, HubFileName file) => FindAll(commit, file).FirstOrDefault();

    /// <summary>The file in each cache that has it, in the order in which they are searched.</summary>
    public IEnumerable<CacheHit> FindAll(CommitHash commit, HubFileName file)
    {
        foreach (RepoPaths place in _readOnly)
        {
            if (FromReadOnly(() => FindIn(place, commit, file)) is CacheHit hit)
            {
                yield return hit with { IsReadOnly = true };
            }
        }

        if (FindIn(folder, commit, file) is CacheHit own)
        {
            yield return own;
        }
    }

    /// <summary>
    /// The commit that a revision stands for by what the caches know: the revision itself, or its ref. Null when there is no usable ref.
    /// </summary>
    /// <remarks>
    /// Of several refs the one that moved last counts: where the branch was earlier is the older news, whichever cache says it.
    /// </remarks>
    /// <exception cref="DiskException">The ref of the cache that is written to cannot be read; or another's cannot, and no cache has the
    /// ref.</exception>
    public CommitHash? Resolve(Revision revision)
    {
        if (revision.Commit is CommitHash commit)
        {
            return commit;
        }

        RefContent[] refs = [.. _readOnly.Append(folder).Select(place => new RefFile(disk, place, revision).Look())];
        RefContent.Present? newest = refs.OfType<RefContent.Present>().OrderByDescending(found => found.Written).FirstOrDefault();
        RefContent? unread = newest is null ? refs.FirstOrDefault(found => found is RefContent.Unreadable) : refs[^1];
        return unread is RefContent.Unreadable { Error: DiskException error } ? throw error : newest?.Commit;
    }

    /// <summary>The names in a snapshot, of all caches together, in order.</summary>
    /// <exception cref="DiskException">The snapshot of the cache that is written to cannot be read.</exception>
    public IReadOnlyList<HubFileName> List(CommitHash commit)
    {
        return _readOnly.Count == 0 ? SnapshotFolder.List(disk, folder, commit)
            : [.. _readOnly
                .SelectMany(place => FromReadOnly(() => SnapshotFolder.List(disk, place, commit)) ?? [])
                .Concat(SnapshotFolder.List(disk, folder, commit))
                .Distinct()
                .OrderBy(name => name.Value, StringComparer.Ordinal)];
    }

    /// <summary>The tree of a commit from the first cache that has it; null when none does.</summary>
    /// <exception cref="DiskException">No cache has it that can be read, and one cannot.</exception>
    public IReadOnlyList<TreeEntry>? Tree(CommitHash commit)
    {
        DiskException? unread = null;
        foreach (RepoPaths place in _readOnly.Append(folder))
        {
            try
            {
                if (new TreeFile(disk, place, commit).Read() is IReadOnlyList<TreeEntry> entries)
                {
                    return entries;
                }
            }
            catch (DiskException e)
            {
                unread ??= e;
            }
        }

        return unread is null ? null : throw unread;
    }

    /// <summary>Whether a cache has a folder for the snapshot, whole or not.</summary>
    public bool HasSnapshot(CommitHash commit)
    {
        return _readOnly.Append(folder).Any(place =>
        {
            try
            {
                return disk.LookThrough(place.Snapshot(commit)) is { Kind: FileKind.Folder };
            }
            catch (DiskException)
            {
                return false;
            }
        });
    }

    /// <summary>Whether a cache knows that the commit has no such file.</summary>
    /// <exception cref="DiskException">The cache that is written to cannot be read.</exception>
    public bool IsKnownNotToExist(CommitHash commit, HubFileName file)
        => _readOnly.Any(place => FromReadOnly(() => NoExistMarker.IsThere(disk, place, commit, file)))
            || NoExistMarker.IsThere(disk, folder, commit, file);

    /// <summary>Whatever is wrong with a cache that is only read: there is the other one to go on with.</summary>
    private T? FromReadOnly<T>(Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (DiskException e)
        {
            Unread ??= e;
            return default;
        }
    }

    private CacheHit? FindIn(RepoPaths place, CommitHash commit, HubFileName file)
    {
        string fullName = place.SnapshotFile(commit, file);
        if (disk.LookThrough(fullName) is not { Kind: FileKind.File } facts)
        {
            return null;
        }

        if (disk.ReadLink(fullName) is not string target)
        {
            return new CacheHit(fullName, fullName, facts.Length, null);
        }

        // A link that leads anywhere but to the blob it names, as in a cache that was copied with absolute ones, is none of ours.
        return ETag.TryParse(target.Split('/')[^1]) is ETag etag && LeadsTo(place.Blob(etag), fullName, target, facts)
            ? new CacheHit(fullName, place.Blob(etag), facts.Length, etag)
            : null;
    }

    /// <summary>
    /// Whether the file that a link leads to is the blob; by the link's text where the file system does not tell files apart.
    /// </summary>
    private bool LeadsTo(string blob, string link, string target, FileFacts facts)
    {
        return disk.LookThrough(blob) is FileFacts other && (other.Identity.IsKnown && facts.Identity.IsKnown
            ? other.Identity == facts.Identity
            : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(link)!, target)) == Path.GetFullPath(blob));
    }
}
