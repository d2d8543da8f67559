namespace HubCache;

/// <summary>A revision of a repo that was written into an archive or a lock file.</summary>
public sealed class ExportedCache
{
    /// <summary>The repo id.</summary>
    public required string RepoId { get; init; }

    /// <summary>The repo type: <c>Model</c>, <c>Dataset</c>, <c>Space</c> or <c>Kernel</c>.</summary>
    public required string RepoType { get; init; }

    /// <summary>The revision that it was asked for by; the commit where there was none.</summary>
    public required string Revision { get; init; }

    /// <summary>The commit.</summary>
    public required string CommitHash { get; init; }

    /// <summary>Its files.</summary>
    public required int FileCount { get; init; }

    /// <summary>Bytes of its blobs, each counted once.</summary>
    public required long Size { get; init; }

    /// <summary>The archive; the lock file where no archive was asked for.</summary>
    public required string FullName { get; init; }

    /// <summary>Bytes of that file, which may hold other revisions as well.</summary>
    public required long Length { get; init; }
}
