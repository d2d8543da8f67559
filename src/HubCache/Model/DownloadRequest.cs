namespace HubCache;

/// <summary>Files of one repo at one revision: what a caller wants in the cache.</summary>
public sealed class DownloadRequest
{
    /// <summary>The repo.</summary>
    public required RepoId RepoId { get; init; }

    /// <summary>The kind of repo.</summary>
    public RepoType RepoType { get; init; } = RepoType.Model;

    /// <summary>The revision; if it is a branch or a tag and no commit is given, its ref moves.</summary>
    public Revision Revision { get; init; } = Revision.Main;

    /// <summary>The commit to take the files from, whatever the revision stands for now: then no ref moves. Null to ask the Hub.</summary>
    public CommitHash? Commit { get; init; }

    /// <summary>The files, by names and patterns, in the order in which the results are wanted; everything if not said.</summary>
    public IReadOnlyList<FileSelector> Files { get; init; } = [FileSelector.Everything];

    /// <summary>
    /// What is taken away from all that: the files that one of these matches, or that have one of these texts as their name.
    /// </summary>
    public IReadOnlyList<FilePattern> Exclude { get; init; } = [];

    /// <summary>
    /// What each of the files has to be, by a lock file: exactly that is brought, or nothing. Then <see cref="Commit"/> is given and
    /// <see cref="Files"/> are the same names. Null for no lock.
    /// </summary>
    public IReadOnlyList<LockedFile>? Locked { get; init; }

    /// <summary>Whether to fetch files again that are there.</summary>
    public bool Force { get; init; }

    /// <summary>Where to lay the files out as real files too, once the cache has them; null for nowhere.</summary>
    public DestinationFolder? Destination { get; init; }
}
