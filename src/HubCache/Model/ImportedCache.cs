namespace HubCache;

/// <summary>A revision of a repo that an archive brought into a cache.</summary>
public sealed class ImportedCache
{
    /// <summary>The repo id.</summary>
    public required string RepoId { get; init; }

    /// <summary>The repo type: <c>Model</c>, <c>Dataset</c>, <c>Space</c> or <c>Kernel</c>.</summary>
    public required string RepoType { get; init; }

    /// <summary>The cache it lies in now.</summary>
    public required string CachePath { get; init; }

    /// <summary>A name to ask for it by: its first ref in the archive, or the commit hash when there is none.</summary>
    public required string Revision { get; init; }

    /// <summary>The commit.</summary>
    public required string CommitHash { get; init; }

    /// <summary>Its files.</summary>
    public required int FileCount { get; init; }

    /// <summary>Bytes of its blobs, each counted once.</summary>
    public required long Size { get; init; }

    /// <summary>Bytes of the blobs that the cache did not have.</summary>
    public required long BytesWritten { get; init; }

    /// <summary>The snapshot's folder.</summary>
    public required string FullName { get; init; }
}
