using HubCache.Platform;

namespace HubCache.Resolving;

/// <summary>Answers a request from the cache alone: by the tree of the commit that it knows, else by the folder of the snapshot.</summary>
/// <param name="inquiry">The request.</param>
/// <param name="why">Why the Hub does not answer, as a sentence without its end.</param>
/// <param name="whole">The error when the cache has nothing of the repo, or not the whole that was asked for.</param>
/// <param name="each">The error for a name or a pattern that the cache has nothing for.</param>
internal sealed class CacheResolver(Inquiry inquiry, string why, HubCacheException whole, Func<string, HubCacheException> each)
{
    private readonly CacheAnswers _cache = new(inquiry);
    private readonly TreeAnswers _trees = new(inquiry);

    public Resolution Resolve()
    {
        try
        {
            return _cache.KnownCommit is not CommitHash commit ? Resolution.Refused(inquiry.Request, whole)
                : _trees.Read(commit) is RepoTree tree ? FromTree(tree)
                : FromFolder(commit);
        }
        catch (DiskException e)
        {
            return Resolution.Refused(inquiry.Request, DiskErrors.Unreadable(e));
        }
    }

    private Resolution FromTree(RepoTree tree)
    {
        // Of an old commit of a branch nobody knows whether it still says what the branch has not.
        IReadOnlyList<Selected> answers = _trees.For(
            tree,
            (file, metadata) =>
            {
                file.Error = Ask(file, () => (file.Hit = _cache.Find(metadata, file.Name)) is not null);
                if (file.Error is not null)
                {
                    file.Metadata = metadata;
                }
            },
            selector => inquiry.Pinned is null ? Missing(selector) : SelectionErrors.NotFound(inquiry.Request, selector));
        if (answers.Any(answer => answer.File is not null))
        {
            _cache.WarnThatItMayBeOld(why, tree.Commit);
        }

        return new Resolution(answers);
    }

    private Resolution FromFolder(CommitHash commit)
    {
        IReadOnlyList<string> names = [.. _cache.NamesIn(commit).Select(name => name.Value)];
        IReadOnlyList<Pick> picks = Selection.From(inquiry.Request, names);
        if (picks.Count == 0)
        {
            return Resolution.Refused(inquiry.Request, SelectionErrors.NothingLeft(inquiry.Request));
        }

        List<Selected> answers = [.. picks.Select(pick => pick.Path is string path
            ? Selected.Of(pick.Selector, FromDisk(path, commit))
            : Selected.Refused(pick.Selector, inquiry.Request.Files[pick.Selector].Text, Missing(inquiry.Request.Files[pick.Selector])))];
        if (answers.Exists(answer => answer.File?.Hit is not null))
        {
            _cache.WarnThatItMayBeIncomplete(why, commit);
        }

        return new Resolution(answers);
    }

    private FileState FromDisk(string path, CommitHash commit)
    {
        var file = new FileState(HubFileName.Parse(path));
        file.Error = Ask(file, () => _cache.TryAnswer(file, commit));
        return file;
    }

    /// <summary>Why a file cannot be answered with; null when it can.</summary>
    private HubCacheException? Ask(FileState file, Func<bool> answer)
    {
        try
        {
            return answer() ? null
                : inquiry.Options.Offline && _cache.Unread is DiskException unread ? DiskErrors.Unreadable(unread)
                : each(file.Name.Value);
        }
        catch (DiskException e)
        {
            return DiskErrors.Unreadable(e);
        }
    }

    private HubCacheException Missing(FileSelector selector) => selector == FileSelector.Everything ? whole : each(selector.Text);
}
