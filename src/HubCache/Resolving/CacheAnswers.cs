using System.Collections.Concurrent;
using HubCache.Blobs;
using HubCache.Hub;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Resolving;

/// <summary>What the cache can say of a file, with what the Hub says of it or without.</summary>
internal sealed class CacheAnswers(CacheInquiry inquiry)
{
    // The Hub, which knows the length, is not asked for such a hit; below this a hash costs less than a request.
    private const long LongestHashedHit = 64 << 20;

    private readonly CacheLookup _lookup = inquiry.NewLookup();
    private readonly ConcurrentDictionary<CommitHash, Dictionary<string, ETag>> _listings = [];
    private bool _hasWarned;

    /// <summary>The commit that the cache takes the revision for: the given one, or that of the ref. Null when there is neither.</summary>
    /// <exception cref="DiskException">The ref cannot be read.</exception>
    public CommitHash? KnownCommit => inquiry.Pinned ?? _lookup.Resolve(inquiry.Request.Revision);

    /// <summary>Whether the cache has a snapshot of that commit, whole or not.</summary>
    public bool HasSnapshot => OrFalse(() => KnownCommit is CommitHash commit && _lookup.HasSnapshot(commit));

    /// <summary>The first error of a cache that is only read; null when there was none.</summary>
    public DiskException? Unread => _lookup.Unread;

    /// <summary>The names in the snapshot of a commit, as far as there is one, in order.</summary>
    public IReadOnlyList<HubFileName> NamesIn(CommitHash commit) => _lookup.List(commit);

    /// <summary>Whether it was found out earlier that the commit has no such file.</summary>
    public bool IsKnownNotToExist(CommitHash commit, HubFileName file) => _lookup.IsKnownNotToExist(commit, file);

    /// <summary>Whether the cache seems to have something under the name, to be patient by: false where the disk does not say.</summary>
    /// <param name="commit">The commit; null for the one that the cache takes the revision for.</param>
    /// <param name="file">The name.</param>
    public bool SeemsToHave(CommitHash? commit, HubFileName file)
        => OrFalse(() => (commit ?? KnownCommit) is CommitHash known && _lookup.Find(known, file) is not null);

    /// <summary>What is the file by all that is known of it.</summary>
    public CacheHit? Find(FileMetadata metadata, HubFileName file)
        => _lookup.FindAll(metadata.Commit, file).FirstOrDefault(hit => hit.Is(metadata.ETag, metadata.Length)) is CacheHit found
            ? found with { ETag = metadata.ETag }
            : null;

    /// <summary>The same. Of a pinned commit a copy, whose name tells no hash, is hashed as a link's blob would have been.</summary>
    public CacheHit? Find(FileMetadata metadata, FileState file)
    {
        foreach (CacheHit found in _lookup.FindAll(metadata.Commit, file.Name).Where(hit => hit.Is(metadata.ETag, metadata.Length)))
        {
            CacheHit hit = found with { ETag = metadata.ETag };
            if (found.ETag is not null || inquiry.Pinned is null || Counts(hit, file))
            {
                return hit;
            }
        }

        return null;
    }

    /// <summary>What lies under the name, of which the length is unknown.</summary>
    public CacheHit? Find(CommitHash commit, HubFileName file) => _lookup.Find(commit, file);

    /// <summary>Answers from the cache alone, where the file's length is unknown: if what lies there can be trusted.</summary>
    /// <param name="file">The file.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="isLast">Whether nobody else can be asked: then a copy counts of which nothing is known but its length.</param>
    public bool TryAnswer(FileState file, CommitHash commit, bool isLast = true)
    {
        foreach (CacheHit found in _lookup.FindAll(commit, file.Name))
        {
            CacheHit hit = found.ETag is null ? Named(found, commit, file.Name) : found;
            if ((hit.ETag is not null || isLast) && Counts(hit, file))
            {
                (file.Commit, file.Hit, file.IsSpoilt) = (commit, hit, false);
                return true;
            }
        }

        return false;
    }

    /// <summary>Warns, once, that the Hub was not asked where a branch is now.</summary>
    public void WarnThatItMayBeOld(string why, CommitHash commit)
    {
        if (inquiry.Pinned is null)
        {
            WarnOnce($"{why}. '{inquiry.Request.RepoId}' at '{inquiry.Request.Revision}' is answered from the cache as commit {commit}, "
                + $"which may be old.");
        }
    }

    /// <summary>Warns, once, that there was only a folder to go by.</summary>
    public void WarnThatItMayBeIncomplete(string why, CommitHash commit)
    {
        WarnOnce(
            $"{why}. '{inquiry.Request.RepoId}' at '{inquiry.Request.Revision}' is answered from the cache as commit "
                + $"{commit}{(inquiry.Pinned is null ? ", which may be old" : string.Empty)}. "
            + "The cache has no list of its files: nobody can tell whether these are all.");
    }

    private static bool OrFalse(Func<bool> question)
    {
        try
        {
            return question();
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private void WarnOnce(string message)
    {
        if (!_hasWarned)
        {
            _hasWarned = true;
            inquiry.Observer.Warn(message);
        }
    }

    /// <summary>Whether a hit has its hash, where it has one and is not too long to be read for it.</summary>
    private bool Counts(CacheHit hit, FileState file)
    {
        bool isHashed = hit.ETag is not null && hit.Length <= LongestHashedHit;
        if (!isHashed || HashesRight(hit))
        {
            file.IsHashed = isHashed;
            return true;
        }

        inquiry.Observer.Note($"{file.Name}: what the cache has in '{hit.BlobPath}' does not have its hash {hit.ETag}; it does not count.");
        file.IsSpoilt = true;
        return false;
    }

    /// <summary>
    /// A copy with the etag that the commit's listing tells, or that of the blob which has the same bytes; as it is where neither is there.
    /// </summary>
    private CacheHit Named(CacheHit copy, CommitHash commit, HubFileName file)
    {
        try
        {
            if (_listings.GetOrAdd(commit, Listing).TryGetValue(file.Value, out ETag? listed))
            {
                return copy with { ETag = listed };
            }

            return copy.Length > LongestHashedHit ? copy
                : copy with
                {
                    ETag = BlobHash
                    .NamesOf(inquiry.Disk, copy.BlobPath, copy.Length)
                    .FirstOrDefault(etag => _lookup.HasBlob(etag, copy.Length))
                };
        }
        catch (DiskException)
        {
            return copy;
        }
    }

    private Dictionary<string, ETag> Listing(CommitHash commit)
        => (_lookup.Tree(commit) ?? [])
            .DistinctBy(entry => entry.Path)
            .ToDictionary(entry => entry.Path, entry => entry.ETag, StringComparer.Ordinal);

    private bool HashesRight(CacheHit hit)
    {
        try
        {
            return BlobHash.IsOf(inquiry.Disk, hit.BlobPath, followLink: true, hit.ETag!, hit.Length);
        }
        catch (DiskException) when (hit.IsReadOnly)
        {
            return false;
        }
    }
}
