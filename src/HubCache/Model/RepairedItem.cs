namespace HubCache;

/// <summary>What became of a problem that was to be repaired.</summary>
public sealed class RepairedItem
{
    /// <summary>The kind of the problem.</summary>
    public required string Kind { get; init; }

    /// <summary>The repo id.</summary>
    public required string RepoId { get; init; }

    /// <summary>The repo type.</summary>
    public required string RepoType { get; init; }

    /// <summary>The revision; null for what belongs to none.</summary>
    public required string? Revision { get; init; }

    /// <summary>The path in the repo of the file that suffered; null when none did.</summary>
    public required string? FileName { get; init; }

    /// <summary>What was wrong.</summary>
    public required string FullName { get; init; }

    /// <summary>
    /// What was done: <c>Fetched</c>, <c>Linked</c>, <c>RefSet</c>, <c>ModeSet</c>, <c>ListingFetched</c>, <c>FolderMade</c>,
    /// <c>SetAside</c>, <c>Removed</c>; <c>None</c> when nothing was.
    /// </summary>
    public required string Action { get; init; }

    /// <summary><c>Repaired</c>, <c>Skipped</c> or <c>Failed</c>.</summary>
    public required string Result { get; init; }

    /// <summary>What was done or why nothing was, a sentence.</summary>
    public required string Detail { get; init; }

    /// <summary>Bytes that came over the network for it.</summary>
    public required long BytesDownloaded { get; init; }

    /// <summary>The cache.</summary>
    public required string CachePath { get; init; }
}
