namespace HubCache;

/// <summary>Something that was removed from a cache, or was meant to be and stayed.</summary>
public sealed class RemovedItem
{
    /// <summary>
    /// What was removed: <c>Repo</c>, <c>Revision</c>, <c>Ref</c>, <c>File</c>, <c>Blob</c> or <c>IncompleteFile</c>; <c>Kept</c> when it
    /// stayed.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>The repo id.</summary>
    public required string RepoId { get; init; }

    /// <summary>The repo type.</summary>
    public required string RepoType { get; init; }

    /// <summary>The revision; null for what belongs to none.</summary>
    public required string? Revision { get; init; }

    /// <summary>What was removed.</summary>
    public required string FullName { get; init; }

    /// <summary>Bytes that the disk got back, each file counted once; 0 for what stayed.</summary>
    public required long BytesFreed { get; init; }

    /// <summary>Why it was removed or stayed.</summary>
    public required string Reason { get; init; }
}
