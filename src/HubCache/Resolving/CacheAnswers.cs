using HubCache.Cache;
using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Resolving;

/// <summary>What the cache can say of a file, with what the Hub says of it or without.</summary>
internal sealed class CacheAnswers(Inquiry inquiry)
{
    // The Hub, which knows the length, is not asked for such a hit; below this a hash costs less than a request.
    private const long LongestHashedHit = 64 << 20;

    private readonly CacheLookup _lookup = new(inquiry.Disk, inquiry.Folder);
    private bool _hasWarned;

    /// <summary>The commit that the cache takes the revision for: the given one, or that of the ref. Null when there is neither.</summary>
    public CommitHash? KnownCommit => inquiry.Pinned ?? _lookup.Resolve(inquiry.Request.Revision);

    /// <summary>Whether the cache has a snapshot of that commit, whole or not.</summary>
    public bool HasSnapshot
    {
        get
        {
            try
            {
                return KnownCommit is CommitHash commit && inquiry.Disk.LookThrough(inquiry.Folder.Snapshot(commit)) is { Kind: FileKind.Folder };
            }
            catch (DiskException)
            {
                return false;
            }
        }
    }

    /// <summary>Whether the cache has something under the name.</summary>
    public bool Has(CommitHash commit, HubFileName file) => _lookup.Find(commit, file) is not null;

    /// <summary>A hit is a name that leads to the right blob; or a regular file of the right length, as clients without links leave it.</summary>
    public CacheHit? Find(FileMetadata metadata, HubFileName file)
    {
        return _lookup.Find(metadata.Commit, file) is CacheHit hit && hit.Length == metadata.Length && (hit.ETag is null || hit.ETag == metadata.ETag)
            ? hit with { ETag = metadata.ETag }
            : null;
    }

    /// <summary>Answers from the cache alone, where nobody says how long the file is: if what lies there can be trusted.</summary>
    public bool TryAnswer(FileState file, CommitHash commit)
    {
        if (_lookup.Find(commit, file.Name) is not CacheHit hit)
        {
            return false;
        }

        if (hit.ETag is not null && hit.Length <= LongestHashedHit)
        {
            if (!HashesRight(hit))
            {
                inquiry.Observer.Note($"{file.Name}: what the cache has does not have its hash {hit.ETag}; it does not count.");
                file.IsSpoilt = true;
                return false;
            }

            file.IsHashed = true;
        }

        (file.Commit, file.Hit) = (commit, hit);
        return true;
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
        using SafeFileHandle blob = inquiry.Disk.OpenForReading(hit.BlobPath, followLink: true);
        using var hash = new BlobHash(hit.ETag!, hit.Length);
        byte[] buffer = new byte[1 << 20];
        long offset = 0;
        for (int read; (read = inquiry.Disk.Read(blob, buffer, offset, hit.BlobPath)) > 0; offset += read)
        {
            hash.Append(buffer.AsSpan(0, read));
        }

        return hash.Matches();
    }
}
