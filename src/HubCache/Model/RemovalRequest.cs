namespace HubCache;

/// <summary>What is to be removed from a cache: some selections, narrowed down together.</summary>
public sealed class RemovalRequest
{
    /// <summary>What was named; nothing else is touched.</summary>
    public required IReadOnlyList<RemovalSelection> Selections { get; init; }

    /// <summary>Only revisions that no ref stands for.</summary>
    public bool Detached { get; init; }

    /// <summary>
    /// Only revisions whose blobs were neither read nor written for this long, as far as the file system keeps access times; null for any.
    /// </summary>
    public TimeSpan? UnusedFor { get; init; }

    /// <summary>
    /// Remove no more than it takes for the selected to be at most so many bytes, least recently used first; null for everything selected.
    /// </summary>
    public long? KeepBytes { get; init; }

    /// <summary>The repos of which nothing is removed, whatever selects them. Their bytes count in <see cref="KeepBytes"/>.</summary>
    public Func<string, RepoType, bool> Keep { get; init; } = (_, _) => false;
}

/// <summary>Names a part of a cache: repos, in them a revision, in it files.</summary>
public sealed class RemovalSelection
{
    /// <summary>The repos, by id and type.</summary>
    public required Func<string, RepoType, bool> Matches { get; init; }

    /// <summary>The repo as it was named, when it is an error that it is not there; null for a pattern.</summary>
    public string? ExactRepo { get; init; }

    /// <summary>A branch, a tag or a commit; null for all revisions.</summary>
    public Revision? Revision { get; init; }

    /// <summary>The commit, whatever the revision stands for now; null to go by the revision.</summary>
    public CommitHash? Commit { get; init; }

    /// <summary>Files in the revision, or patterns; empty for the revision as a whole.</summary>
    public IReadOnlyList<FileSelector> Files { get; init; } = [];
}
