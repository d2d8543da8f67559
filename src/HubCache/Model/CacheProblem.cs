namespace HubCache;

/// <summary>One thing that is wrong with a cache.</summary>
public sealed class CacheProblem
{
    /// <summary>What is wrong, in one word: <c>CorruptBlob</c>, <c>DanglingLink</c>, <c>BadRef</c> and so on.</summary>
    public required string Kind { get; init; }

    /// <summary><c>Error</c>: a client would get wrong bytes or none, or refuses the repo. <c>Warning</c>: it may, on another machine or
    /// for another user. <c>Information</c>: nothing is wrong with what the cache has; it could be tidier or more complete.</summary>
    public required string Severity { get; init; }

    /// <summary>The repo id; empty for what belongs to no repo.</summary>
    public required string RepoId { get; init; }

    /// <summary>The repo type; empty for what belongs to no repo.</summary>
    public required string RepoType { get; init; }

    /// <summary>
    /// A name to ask for the revision by: its first ref, or the commit hash when it has none. Null for what belongs to none.
    /// </summary>
    public required string? Revision { get; init; }

    /// <summary>The path in the repo, with '/', of a file that suffers from it: the first, if several do. Null when none does.</summary>
    public required string? FileName { get; init; }

    /// <summary>What is wrong: the file, link or folder in the cache.</summary>
    public required string FullName { get; init; }

    /// <summary>What is wrong with it, a sentence.</summary>
    public required string Detail { get; init; }

    /// <summary>Whether a repair can do something about it.</summary>
    public required bool Repairable { get; init; }

    /// <summary>The cache.</summary>
    public required string CachePath { get; init; }
}
