using HubCache.Cache;
using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Resolving;

/// <summary>What the cache can say of a file, with what the Hub says of it or without.</summary>
internal sealed class CacheAnswers(CacheInquiry inquiry)
{
    // The Hub, which knows the length, is not asked for such a hit; below this a hash costs less than a request.
    private const long LongestHashedHit = 64 << 20;

    private readonly CacheLookup _lookup = inquiry.NewLookup();
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
    public bool SeemsToHave(CommitHash? commit, HubFileName file) => OrFalse(() => (commit ?? KnownCommit) is CommitHash known && _lookup.Find(known, file) is not null);

    /// <summary>What is the file by all that is known of it.</summary>
    public CacheHit? Find(FileMetadata metadata, HubFileName file)
    {
        return _lookup.FindAll(metadata.Commit, file).FirstOrDefault(hit => hit.Is(metadata.ETag, metadata.Length)) is CacheHit found ? found with { ETag = metadata.ETag } : null;
    }

    /// <summary>What lies under the name, of which nobody says how long it should be.</summary>
    public CacheHit? Find(CommitHash commit, HubFileName file) => _lookup.Find(commit, file);

    /// <summary>Answers from the cache alone, where nobody says how long the file is: if what lies there can be trusted.</summary>
    public bool TryAnswer(FileState file, CommitHash commit)
    {
        foreach (CacheHit hit in _lookup.FindAll(commit, file.Name))
        {
            bool isHashed = hit.ETag is not null && hit.Length <= LongestHashedHit;
            if (!isHashed || HashesRight(hit))
            {
                (file.Commit, file.Hit, file.IsHashed, file.IsSpoilt) = (commit, hit, isHashed, false);
                return true;
            }

            inquiry.Observer.Note($"{file.Name}: what the cache has in '{hit.BlobPath}' does not have its hash {hit.ETag}; it does not count.");
            file.IsSpoilt = true;
        }

        return false;
    }

    /// <summary>Warns, once, that the Hub was not asked where a branch is now.</summary>
    public void WarnThatItMayBeOld(string why, CommitHash commit)
    {
        if (inquiry.Pinned is null)
        {
            WarnOnce($"{why}. '{inquiry.Request.RepoId}' at '{inquiry.Request.Revision}' is answered from the cache as commit {commit}, which may be old.");
        }
    }

    /// <summary>Warns, once, that there was only a folder to go by.</summary>
    public void WarnThatItMayBeIncomplete(string why, CommitHash commit)
    {
        WarnOnce(
            $"{why}. '{inquiry.Request.RepoId}' at '{inquiry.Request.Revision}' is answered from the cache as commit {commit}{(inquiry.Pinned is null ? ", which may be old" : string.Empty)}. "
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
