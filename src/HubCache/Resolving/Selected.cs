using HubCache.Names;

namespace HubCache.Resolving;

/// <summary>One line of the answer to a request: a file, or why there is none.</summary>
/// <param name="Selector">Which of the request's selectors it answers: the first that names the file.</param>
/// <param name="Text">The file's path in the repo; what was asked for where there is no such file.</param>
/// <param name="File">The file; null when there is none, or none that can be dealt with.</param>
/// <param name="Error">Why there is no file; null when there is one, which may fail later.</param>
internal sealed record Selected(int Selector, string Text, FileState? File, HubCacheException? Error)
{
    /// <summary>What became of it so far; null as long as nothing failed.</summary>
    public HubCacheException? Failure => File?.Error ?? Error;

    public static Selected Of(int selector, FileState file) => new(selector, file.Name.Value, file, null);

    public static Selected Refused(int selector, string text, HubCacheException error) => new(selector, text, null, error);
}

/// <summary>What a request turned out to mean.</summary>
/// <param name="Answers">Its files, each once, in the order of the selectors.</param>
/// <param name="NewTree">A tree that the cache does not have yet; null when there is none.</param>
internal sealed record Resolution(IReadOnlyList<Selected> Answers, RepoTree? NewTree = null)
{
    /// <summary>The answer when nothing could be found out: one error for all.</summary>
    public static Resolution Refused(DownloadRequest request, HubCacheException error)
        => new([.. request.Files.Select((selector, number) => Selected.Refused(number, selector.Text, error))]);
}

/// <summary>The tree of a commit.</summary>
internal sealed record RepoTree(CommitHash Commit, IReadOnlyList<TreeEntry> Entries);
