using System.Collections.Concurrent;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Download;

/// <summary>The marks by which a downloader keeps removals from what it works on and from what it has returned.</summary>
internal sealed class CacheUses(Disk disk) : IDisposable
{
    private readonly ConcurrentBag<RepoMark> _marks = [];

    /// <summary>Whether a removal is under way in the repo.</summary>
    public bool IsContested(RepoPaths folder)
    {
        try
        {
            return new RepoMarks(disk, folder).HasRemovals;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    /// <summary>
    /// Marks a commit and blobs as in use until this is disposed, and waits for removals that may not have seen the mark. A cache that
    /// cannot be written to cannot be marked, and is no error.
    /// </summary>
    public async Task ClaimAsync(RepoPaths folder, CommitHash commit, IReadOnlyCollection<ETag> etags, CancellationToken cancellationToken)
    {
        try
        {
            _marks.Add(RepoMark.ForUse(disk, folder, commit, etags));

            // In this order: of a removal and a download that begin together, one sees the other.
            await new RepoMarks(disk, folder).WaitForRemovalsAsync(cancellationToken).ConfigureAwait(false);
            new RemovalNote(disk, folder).Withdraw(commit);
        }
        catch (DiskException)
        {
            // The last look before a file is reported finds most of what a removal may have taken.
        }
    }

    public void Dispose()
    {
        foreach (RepoMark mark in _marks)
        {
            mark.Dispose();
        }
    }
}
