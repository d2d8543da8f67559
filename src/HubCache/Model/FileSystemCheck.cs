namespace HubCache;

/// <summary>One thing that was tried out on the file system of a cache, and what the answer means for it.</summary>
public sealed class FileSystemCheck
{
    /// <summary>What was tried, as a name that reads as a claim: <c>RenameIsAtomic</c>, <c>SymbolicLinks</c>.</summary>
    public required string Check { get; init; }

    /// <summary><c>Yes</c> when the claim holds, <c>No</c>, <c>Unknown</c> when it cannot be known from here, <c>NotTried</c>.</summary>
    public required string Result { get; init; }

    /// <summary>What was measured: a number in <see cref="Unit"/>, or a word; null when there is nothing to measure.</summary>
    public required object? Value { get; init; }

    /// <summary><c>bytes</c>, <c>ms</c> or <c>s</c> for a number; null for a word.</summary>
    public required string? Unit { get; init; }

    /// <summary>
    /// <c>Information</c>; <c>Warning</c> when something costs time, room or comfort; <c>Error</c> when this is no place for a cache.
    /// </summary>
    public required string Severity { get; init; }

    /// <summary>What the result means for this cache, in plain words.</summary>
    public required string Meaning { get; init; }

    /// <summary>The cache, as a full path; it need not exist.</summary>
    public required string CachePath { get; init; }

    /// <summary>Where it was tried: the cache, or the nearest folder above that exists.</summary>
    public required string TestedFolder { get; init; }
}
