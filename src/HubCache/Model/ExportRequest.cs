namespace HubCache;

/// <summary>What of a cache is to be exported: files of one repo at one revision.</summary>
public sealed class ExportRequest
{
    /// <summary>The cache, absolute.</summary>
    public required string CachePath { get; init; }

    /// <summary>The repo.</summary>
    public required RepoId RepoId { get; init; }

    /// <summary>The kind of repo.</summary>
    public RepoType RepoType { get; init; } = RepoType.Model;

    /// <summary>The revision. Null for <c>main</c> where the cache has that, else for the only one that it has.</summary>
    public Revision? Revision { get; init; }

    /// <summary>The commit, whatever the revision stands for now; null to go by the ref.</summary>
    public CommitHash? Commit { get; init; }

    /// <summary>The files, by names and patterns; null for the whole snapshot, which then has to be whole.</summary>
    public IReadOnlyList<FileSelector>? Files { get; init; }

    /// <summary>Patterns for files to leave out, whether the cache has them or not.</summary>
    public IReadOnlyList<FilePattern> Exclude { get; init; } = [];
}
