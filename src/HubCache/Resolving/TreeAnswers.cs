using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Resolving;

/// <summary>Answers a request from the tree of a commit.</summary>
internal sealed class TreeAnswers(CacheInquiry inquiry)
{
    private readonly DownloadRequest _request = inquiry.Request;

    /// <summary>
    /// The tree of a commit as the cache has it; null when it does not, or when it cannot be read: the Hub can be asked for it.
    /// </summary>
    public RepoTree? ReadOrNothing(CommitHash commit)
    {
        try
        {
            return Read(commit);
        }
        catch (DiskException)
        {
            return null;
        }
    }

    /// <summary>The tree of a commit as the cache has it; null when it does not.</summary>
    /// <exception cref="DiskException">It cannot be read.</exception>
    public RepoTree? Read(CommitHash commit)
    {
        return inquiry.NewLookup().Tree(commit) is IReadOnlyList<TreeEntry> entries ? new RepoTree(commit, entries) : null;
    }

    /// <summary>One answer for each file that is meant, and one for each selector that means none.</summary>
    /// <param name="tree">The tree, in the order of its paths.</param>
    /// <param name="resolve">Takes in what the tree says of a file that is meant.</param>
    /// <param name="missing">The error for a selector that means no file of the tree.</param>
    public IReadOnlyList<Selected> For(
        RepoTree tree, Action<FileState, FileMetadata> resolve, Func<FileSelector, HubCacheException> missing)
    {
        Dictionary<string, TreeEntry> entries = tree.Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        IReadOnlyList<Pick> picks = Selection.From(_request, [.. tree.Entries.Select(entry => entry.Path)]);
        return picks.Count == 0
            ? Resolution.Refused(_request, SelectionErrors.NothingLeft(_request)).Answers
            : [.. picks.Select(pick => pick.Path is string path
                ? Answer(pick.Selector, entries[path], tree.Commit, resolve)
                : Selected.Refused(pick.Selector, _request.Files[pick.Selector].Text, missing(_request.Files[pick.Selector])))];
    }

    private Selected Answer(int selector, TreeEntry entry, CommitHash commit, Action<FileState, FileMetadata> resolve)
    {
        if (NameRules.OfThisSystem.FaultOfPath(entry.Path) is string fault)
        {
            return Selected.Refused(selector, entry.Path, SelectionErrors.Unusable(_request, entry.Path, fault));
        }

        var file = new FileState(HubFileName.Parse(entry.Path)) { Commit = commit };
        if (NameCheck.FaultOfLength(inquiry.Folder, commit, file.Name) is string length)
        {
            // Before the cache is asked for it: that would be an error of the disk.
            return Selected.Refused(selector, entry.Path, SelectionErrors.Unusable(_request, entry.Path, length));
        }

        try
        {
            resolve(file, new FileMetadata(
                commit, entry.ETag, entry.Length, Location: null, entry.ETag.IsSha256 ? XetHash.TryParse(entry.XetHash) : null));
        }
        catch (DiskException e)
        {
            file.Error = DiskErrors.ToHubError(e);
        }

        return Selected.Of(selector, file);
    }
}
