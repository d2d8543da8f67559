namespace HubCache.PowerShell;

/// <summary>What makes files one request: the same cache, repo, revision and commit.</summary>
internal sealed record GroupKey(string? CacheFolder, RepoType RepoType, RepoId RepoId, Revision Revision, CommitHash? Commit);

/// <summary>The names and patterns of one request, each once.</summary>
internal sealed class DownloadGroup(GroupKey key)
{
    private readonly Dictionary<FileSelector, int> _places = [];
    private readonly List<FileSelector> _selectors = [];

    /// <summary>What the files have in common.</summary>
    public GroupKey Key { get; } = key;

    /// <summary>How many names and patterns it has.</summary>
    public int SelectorCount => _selectors.Count;

    /// <summary>The group as people write it: <c>org/name@main</c>.</summary>
    public string Label => $"{Key.RepoId}@{Key.Revision}";

    /// <summary>What will be done, as ShouldProcess asks it.</summary>
    public string Action => _selectors.Contains(FileSelector.Everything) ? "Save the snapshot"
        : _selectors.Count == 1 ? $"Save {_selectors[0]}"
        : _selectors.TrueForAll(selector => selector.IsName) ? $"Save {_selectors.Count} files"
        : $"Save the files of {_selectors.Count} names and patterns";

    /// <summary>Takes a name or a pattern in, and says which of the request's it is.</summary>
    public int Add(FileSelector selector)
    {
        if (_places.TryAdd(selector, _selectors.Count))
        {
            _selectors.Add(selector);
        }

        return _places[selector];
    }

    /// <summary>The request to the engine.</summary>
    public DownloadRequest Request(
        IReadOnlyList<FilePattern> exclude, bool force, DestinationFolder? destination, IReadOnlyList<LockedFile>? locked = null) => new()
        {
            RepoId = Key.RepoId,
            RepoType = Key.RepoType,
            Revision = Key.Revision,
            Commit = Key.Commit,
            Files = _selectors,
            Exclude = exclude,
            Locked = locked,
            Force = force,
            Destination = destination,
        };
}
