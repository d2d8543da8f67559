using HubCache.Names;

namespace HubCache;

/// <summary>What a removal would do, step by step, and what was named and is not there.</summary>
public sealed class RemovalPlan
{
    /// <summary>The steps, by repo.</summary>
    public required IReadOnlyList<RemovalStep> Steps { get; init; }

    /// <summary>What cannot be removed: not in the cache, or behind a link.</summary>
    public required IReadOnlyList<HubCacheException> Errors { get; init; }
}

/// <summary>One thing to remove.</summary>
public sealed class RemovalStep
{
    internal RemovalStep(string kind, RepoPaths folder)
    {
        (Kind, Folder) = (kind, folder);
    }

    /// <summary><c>Repo</c>, <c>Revision</c>, <c>Ref</c>, <c>File</c>, or <c>Blob</c> for the blobs that nothing refers to.</summary>
    public string Kind { get; }

    /// <summary>The repo id.</summary>
    public string RepoId => Folder.Id.Value;

    /// <summary>The repo type.</summary>
    public string RepoType => Folder.Type.ToString();

    /// <summary>The ref or the commit; null for a repo.</summary>
    public string? Revision { get; internal init; }

    /// <summary>The file in the revision; null for anything else.</summary>
    public string? FileName { get; internal init; }

    /// <summary>What goes: the repo's folder, the snapshot's, the ref or the file.</summary>
    public required string FullName { get; init; }

    /// <summary>Bytes that come free if the steps before this one were done as well.</summary>
    public required long Bytes { get; init; }

    /// <summary>When what goes was last read or written, local time; null where that is unknown.</summary>
    public DateTime? LastAccessed { get; internal init; }

    internal RepoPaths Folder { get; }

    internal CommitHash? Commit { get; init; }
}
