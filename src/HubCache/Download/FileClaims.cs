using HubCache.Names;
using HubCache.Platform;
using HubCache.Resolving;

namespace HubCache.Download;

/// <summary>Keeps removals from the files of one request.</summary>
internal sealed class FileClaims(DownloadContext means, RepoPaths folder)
{
    /// <summary>Whether removals are kept from the request's files by now.</summary>
    public bool AreMade { get; private set; }

    /// <summary>Whether a removal is under way in the repo.</summary>
    public bool IsContested => means.Uses.IsContested(folder);

    /// <summary>Keeps removals from a snapshot, if the cache has it, before it is known what is asked of it.</summary>
    public async Task ClaimSnapshotAsync(CommitHash commit, CancellationToken cancellationToken)
    {
        if (HasSnapshot(commit))
        {
            await means.Uses.ClaimAsync(folder, commit, [], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Keeps removals from the files, as far as it is known what they are.</summary>
    public async Task ClaimAsync(IReadOnlyList<FileState> files, CancellationToken cancellationToken)
    {
        foreach (IGrouping<CommitHash, FileState> commit in files
            .Where(file => file is { Error: null, Commit: not null })
            .GroupBy(file => file.Commit!))
        {
            ETag[] etags = [.. commit.Select(file => file.Metadata?.ETag ?? file.Hit?.ETag).OfType<ETag>().Distinct()];
            await means.Uses.ClaimAsync(folder, commit.Key, etags, cancellationToken).ConfigureAwait(false);
            AreMade = true;
        }
    }

    private bool HasSnapshot(CommitHash commit)
    {
        try
        {
            return means.Disk.Look(folder.Snapshot(commit)) is not null;
        }
        catch (DiskException)
        {
            // What may not be looked at may be there.
            return true;
        }
    }
}
