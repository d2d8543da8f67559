namespace HubCache;

/// <summary>A repo in a cache.</summary>
public sealed class CachedRepo
{
    /// <summary>The repo id.</summary>
    public required string RepoId { get; init; }

    /// <summary>The repo type: <c>Model</c>, <c>Dataset</c>, <c>Space</c> or <c>Kernel</c>.</summary>
    public required string RepoType { get; init; }

    /// <summary>The cache it lies in.</summary>
    public required string CachePath { get; init; }

    /// <summary>The repo's folder.</summary>
    public required string FullName { get; init; }

    /// <summary>Bytes of its blobs, each counted once, incomplete files not counted.</summary>
    public required long Size { get; init; }

    /// <summary>Files in its snapshots; a blob with two names counts twice.</summary>
    public required int FileCount { get; init; }

    /// <summary>Its revisions, newest first.</summary>
    public required CachedRevision[] Revisions { get; init; }

    /// <summary>When a blob was last read, local time, as far as the file system keeps that.</summary>
    public required DateTime LastAccessed { get; init; }

    /// <summary>When a blob was last written, local time.</summary>
    public required DateTime LastModified { get; init; }

    /// <summary>How many incomplete files lie in it.</summary>
    public required int IncompleteFiles { get; init; }

    /// <summary>
    /// Bytes of the lists of chunks that are kept for it in <c>.locks</c>, not counted in <see cref="Size"/>: Remove-HubCache removes them
    /// with their blobs.
    /// </summary>
    public long ChunkListSize { get; init; }

    /// <summary>What is wrong with it, a sentence each: dangling links, bad refs, foreign entries. Empty when nothing is.</summary>
    public required string[] Problems { get; init; }

    /// <summary><see cref="RepoId"/>.</summary>
    public override string ToString() => RepoId;
}
