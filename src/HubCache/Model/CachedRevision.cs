namespace HubCache;

/// <summary>A revision of a repo in a cache.</summary>
public sealed class CachedRevision
{
    /// <summary>The repo id.</summary>
    public required string RepoId { get; init; }

    /// <summary>The repo type.</summary>
    public required string RepoType { get; init; }

    /// <summary>The cache it lies in.</summary>
    public required string CachePath { get; init; }

    /// <summary>A name to ask for it by: its first ref, or the commit hash when it has none.</summary>
    public required string Revision { get; init; }

    /// <summary>The commit.</summary>
    public required string CommitHash { get; init; }

    /// <summary>The branches and tags that stand for it; empty when it is detached.</summary>
    public required string[] Refs { get; init; }

    /// <summary>Bytes of its blobs, each counted once.</summary>
    public required long Size { get; init; }

    /// <summary>Files in the snapshot.</summary>
    public required int FileCount { get; init; }

    /// <summary>When its newest blob was written, local time.</summary>
    public required DateTime LastModified { get; init; }
}
