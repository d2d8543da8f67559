namespace HubCache;

/// <summary>A file of a repo at a commit, and how much of it the cache has.</summary>
public sealed class HubFile
{
    /// <summary>The repo id.</summary>
    public required string RepoId { get; init; }

    /// <summary>The repo type: <c>Model</c>, <c>Dataset</c>, <c>Space</c> or <c>Kernel</c>.</summary>
    public required string RepoType { get; init; }

    /// <summary>The revision that was asked for.</summary>
    public required string Revision { get; init; }

    /// <summary>The commit that it stands for.</summary>
    public required string CommitHash { get; init; }

    /// <summary>The path in the repo, with '/'.</summary>
    public required string FileName { get; init; }

    /// <summary>Bytes.</summary>
    public required long Length { get; init; }

    /// <summary>
    /// The etag: the SHA-256 of an LFS file, the git SHA-1 of any other. Null for a copy of a client without links, found offline.
    /// </summary>
    public required string? ETag { get; init; }

    /// <summary>Whether the cache has it, so that it would not be fetched.</summary>
    public required bool IsCached { get; init; }

    /// <summary>Bytes that would be fetched: 0 when it is cached; less than all when a download that died left some.</summary>
    public required long BytesMissing { get; init; }

    /// <summary>The repo id and the path in the repo.</summary>
    public override string ToString() => $"{RepoId}/{FileName}";
}
