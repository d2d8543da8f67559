namespace HubCache;

/// <summary>Some or all files of a repo at one commit, each with its length and its hash.</summary>
/// <param name="RepoType">The kind of repo.</param>
/// <param name="RepoId">The repo.</param>
/// <param name="Revision">The name that the commit was asked for by; the commit itself where there was none.</param>
/// <param name="Commit">The commit.</param>
/// <param name="Files">The files, each name once, in the order of their names.</param>
public sealed record LockedRepo(RepoType RepoType, RepoId RepoId, Revision Revision, CommitHash Commit, IReadOnlyList<LockedFile> Files)
{
    /// <summary>Bytes of the files' blobs, each counted once.</summary>
    public long Size => Files.DistinctBy(file => file.ETag).Aggregate(0L, (sum, file) => sum + Math.Min(file.Length, long.MaxValue - sum));
}
