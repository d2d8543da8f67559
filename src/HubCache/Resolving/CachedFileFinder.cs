using System.Globalization;
using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Resolving;

/// <summary>
/// Finds files in the cache by what lies there: names at once, patterns by the tree of the commit or, without one, by the folder.
/// </summary>
internal sealed class CachedFileFinder(CacheInquiry inquiry)
{
    private readonly DownloadRequest _request = inquiry.Request;
    private readonly CacheAnswers _cache = new(inquiry);
    private readonly TreeAnswers _trees = new(inquiry);
    private readonly MissingFiles _missing = new(inquiry);
    private CommitHash? _commit;
    private Dictionary<string, TreeEntry>? _tree;

    public IReadOnlyList<DownloadOutcome> Find(IReadOnlyList<FileSelector> files)
    {
        try
        {
            Settle();
        }
        catch (DiskException e)
        {
            HubCacheException unread = DiskErrors.Unreadable(e);
            return [.. files.Select((selector, number) => new DownloadOutcome(number, selector.Text, null, unread))];
        }

        if (_commit is null)
        {
            HubCacheException error = _missing.Revision();
            return [.. files.Select((selector, number) => new DownloadOutcome(number, selector.Text, null, error))];
        }

        var taken = new HashSet<string>(StringComparer.Ordinal);
        List<DownloadOutcome> found = [.. files.SelectMany((selector, number) => Find(selector, number, _commit, taken))];
        return found.Count == 0 && files.Count > 0 ? [Refused(0, files[0].Text, SelectionErrors.NothingLeft(_request))] : found;
    }

    /// <summary>Finds out the commit and its tree, once.</summary>
    private void Settle()
    {
        _commit ??= _cache.KnownCommit;
        _tree ??= _commit is null ? null : _trees.Read(_commit)?.Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
    }

    private List<DownloadOutcome> Find(FileSelector selector, int number, CommitHash commit, HashSet<string> taken)
    {
        try
        {
            return selector.Name is HubFileName known && IsExcluded(known.Value, commit) ? []
                : selector.Name is HubFileName name && Look(name, commit) is FileState file
                    ? taken.Add(name.Value) ? [Found(number, file)] : []
                : selector.IsName || (selector.Name is not null && _tree?.ContainsKey(selector.Text) == true)
                    ? [Refused(number, selector.Text, WhyNot(selector, commit))]
                : FindAll(selector, number, commit, taken);
        }
        catch (DiskException e)
        {
            return [Refused(number, selector.Text, DiskErrors.Unreadable(e))];
        }
    }

    private List<DownloadOutcome> FindAll(FileSelector selector, int number, CommitHash commit, HashSet<string> taken)
    {
        // The tree is in the order of its paths already.
        string[] meant =
            [.. (_tree is not null ? _tree.Keys : _cache.NamesIn(commit).Select(name => name.Value)).Where(selector.Pattern!.Matches)];
        if (meant.Length == 0)
        {
            return [Refused(number, selector.Text, WhyNot(selector, commit))];
        }

        meant = [.. meant.Where(path => !IsExcluded(path, commit))];
        if (_tree is null && meant.Length > 0)
        {
            inquiry.Observer.Note(
                $"The cache has no list of the files of '{_request.RepoId}' at commit {commit}: nobody can tell whether these are all.");
        }

        var found = new List<DownloadOutcome>();
        var lacking = new List<string>();
        foreach (string path in meant)
        {
            if ((HubFileName.TryParse(path) is HubFileName name ? Look(name, commit) : null) is not FileState file)
            {
                lacking.Add(path);
            }
            else if (taken.Add(path))
            {
                found.Add(Found(number, file));
            }
        }

        if (lacking.Count > 0)
        {
            found.Add(Refused(
                number,
                selector.Text,
                _cache.Unread is DiskException unread ? DiskErrors.Unreadable(unread) : _missing.Some(selector, lacking, meant.Length)));
        }

        return found;
    }

    /// <summary>
    /// Whether a file is to be left out. As with what is asked for, a text that is a file's name means that file and no other.
    /// </summary>
    private bool IsExcluded(string path, CommitHash commit)
    {
        return _request.Exclude.Count > 0
            && _request.Exclude.Any(pattern => IsName(pattern.Text) ? pattern.Text == path : pattern.Matches(path));

        bool IsName(string text) => _tree is not null ? _tree.ContainsKey(text) : _cache.NamesIn(commit).Any(name => name.Value == text);
    }

    private FileState? Look(HubFileName name, CommitHash commit)
    {
        CacheHit? hit = _tree?.GetValueOrDefault(name.Value) is TreeEntry entry
            ? _cache.Find(new FileMetadata(commit, entry.ETag, entry.Length, Location: null), name)
            : _cache.Find(commit, name);
        return hit is null ? null : new FileState(name) { Commit = commit, Hit = hit };
    }

    private HubCacheException WhyNot(FileSelector selector, CommitHash commit)
    {
        bool isKnownNotToExist = selector.Name is not null
            && (_tree is null || !_tree.ContainsKey(selector.Text))
            && _cache.IsKnownNotToExist(commit, selector.Name);
        return isKnownNotToExist || (_tree is not null && !_tree.ContainsKey(selector.Text)) ? SelectionErrors.NotFound(_request, selector)
            : _cache.Unread is DiskException unread ? DiskErrors.Unreadable(unread)
            : _missing.File(selector);
    }

    private DownloadOutcome Found(int number, FileState file) => new(number, file.Name.Value, file.Describe(_request), null);

    private static DownloadOutcome Refused(int number, string text, HubCacheException error) => new(number, text, null, error);
}

/// <summary>The errors for what a cache does not have.</summary>
internal sealed class MissingFiles(CacheInquiry inquiry)
{
    private const string Advice =
        "Fetch it with Save-HubFile, or see with Get-HubCache what is there; -CachePath and -ReadOnlyCachePath name other caches.";

    private const int MostNames = 3;

    private readonly DownloadRequest _request = inquiry.Request;

    /// <summary>The cache knows no commit of that name, or nothing of the repo.</summary>
    public HubCacheException Revision()
    {
        return new HubCacheException(
            HubErrorCode.NotCached,
            $"The cache {inquiry.CachePath} does not know what '{_request.Revision}' of the {Kind} '{_request.RepoId}' is.",
            _request.RepoId.Value,
            Advice);
    }

    /// <summary>The cache has nothing for a name or a pattern.</summary>
    public HubCacheException File(FileSelector selector)
    {
        bool isAll = selector == FileSelector.Everything;
        return new HubCacheException(
            HubErrorCode.NotCached,
            $"The cache does not hold {(isAll ? "a file" : $"'{selector}'")} of the {Kind} '{_request.RepoId}' at '{_request.Revision}'.",
            isAll ? _request.RepoId.Value : selector.Text,
            Advice);
    }

    /// <summary>The cache has some of the files that are meant, or none, and it is known which there are.</summary>
    public HubCacheException Some(FileSelector selector, List<string> lacking, int all)
    {
        string names = string.Join(", ", lacking.Take(MostNames).Select(name => $"'{name}'"));
        string more = lacking.Count > MostNames ? $" and {lacking.Count - MostNames} more" : string.Empty;
        return new HubCacheException(
            HubErrorCode.NotCached,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The cache lacks {lacking.Count} of the {all} files of the {Kind} '{_request.RepoId}' at "
                    + $"'{_request.Revision}'{(selector == FileSelector.Everything ? string.Empty : $" that '{selector}' means")}: "
                    + $"{names}{more}."),
            selector == FileSelector.Everything ? _request.RepoId.Value : selector.Text,
            Advice);
    }

    private string Kind => _request.RepoType.ToString().ToLowerInvariant();
}
