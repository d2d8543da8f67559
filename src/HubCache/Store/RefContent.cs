using HubCache.Platform;

namespace HubCache.Store;

/// <summary>
/// What a ref's file says. That it could not be read is an answer of its own: it is never taken for a file that is missing.
/// </summary>
internal abstract record RefContent
{
    private RefContent()
    {
    }

    /// <summary>The file holds a commit.</summary>
    /// <param name="Commit">The commit.</param>
    /// <param name="Written">When the file was written, by the file system's clock, in UTC.</param>
    public sealed record Present(CommitHash Commit, DateTime Written) : RefContent;

    /// <summary>There is no such file.</summary>
    public sealed record Missing : RefContent;

    /// <summary>Something is there, and it was read or is no regular file: it holds no commit.</summary>
    public sealed record NoCommit : RefContent;

    /// <summary>It is not known what the file holds, or whether it is there.</summary>
    /// <param name="Error">What the disk answered.</param>
    public sealed record Unreadable(DiskException Error) : RefContent;
}
