namespace HubCache;

/// <summary>A partial download or another leftover in a cache.</summary>
public sealed class IncompleteFile
{
    /// <summary>The repo id.</summary>
    public required string RepoId { get; init; }

    /// <summary>The repo type.</summary>
    public required string RepoType { get; init; }

    /// <summary>The file.</summary>
    public required string FullName { get; init; }

    /// <summary>The blob that it was to become; null for other leftovers.</summary>
    public required string? ETag { get; init; }

    /// <summary>Bytes.</summary>
    public required long Length { get; init; }

    /// <summary>When it last changed, local time.</summary>
    public required DateTime LastModified { get; init; }

    /// <summary>
    /// Whose it is: <c>HubCache process 123</c>, <c>HubCache on another machine</c>, <c>HubCache in another container</c>, <c>another
    /// client</c>, <c>nobody</c>.
    /// </summary>
    public required string Owner { get; init; }

    /// <summary><c>Live</c>, <c>Dead</c> or <c>Unknown</c>. Only dead ones are removed without force.</summary>
    public required string State { get; init; }

    /// <summary>How the state is known, in a sentence.</summary>
    public required string Reason { get; init; }
}
