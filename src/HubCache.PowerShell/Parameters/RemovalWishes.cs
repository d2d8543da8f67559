namespace HubCache.PowerShell;

/// <summary>What a call wants removed, gathered from the pipeline, by cache.</summary>
internal sealed class RemovalWishes
{
    private readonly Dictionary<string, List<RemovalSelection>> _byCache = new(StringComparer.Ordinal);

    public IEnumerable<(string Cache, IReadOnlyList<RemovalSelection> Selections)> ByCache
        => _byCache.Select(cache => (cache.Key, (IReadOnlyList<RemovalSelection>)cache.Value));

    public void Add(string cache, RemovalSelection selection)
    {
        if (!_byCache.TryGetValue(cache, out List<RemovalSelection>? selections))
        {
            _byCache.Add(cache, selections = []);
        }

        selections.Add(selection);
    }
}

/// <summary>One record of the pipeline: what it names, checked where it enters.</summary>
internal sealed record RemovalWish(
    string RepoId, RepoType? RepoType, string? Revision, string? CommitHash, string[] Files, bool IsTyped, string? FullName)
{
    /// <summary>Refuses a piped object that names a repo and is something else.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>.</exception>
    public void CheckPlace()
    {
        if (FullName is not null && !IsItsPlace(FullName))
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                $"'{FullName}' is neither a repo, nor a snapshot or a file of one: it is not removed, and neither is its repo.",
                FullName,
                "Pipe objects of Get-HubCache, Save-HubFile or Get-HubFile; incomplete files are for Remove-HubIncomplete.");
        }
    }

    /// <exception cref="HubCacheException">A part is wrong, or said twice and differently.</exception>
    public RemovalSelection Selection()
    {
        var filter = new RepoFilter(RepoId, RepoType);
        HubTarget? target = filter.IsExact ? HubTarget.Read(RepoId, RepoType, Revision, CommitHash, HubEnvironment.EndpointIfAny()) : null;
        if (target is null && RepoId.Contains("://", StringComparison.Ordinal))
        {
            throw new HubCacheException(
                HubErrorCode.InvalidRepoId,
                $"'{HubTarget.Shown(RepoId)}' is an address with a wildcard in it.",
                HubTarget.Shown(RepoId),
                "Give a pattern for repo ids, such as org/* or datasets/org/*.");
        }

        return new RemovalSelection
        {
            Matches = filter.Matches,
            ExactRepo = filter.IsExact ? filter.RepoId : null,
            Revision = target is null ? (string.IsNullOrEmpty(Revision) ? null : HubCache.Revision.Parse(Revision)) : target.NamedRevision,
            Commit = target is null ? PipedCommit.Parse(CommitHash) : target.Commit,
            Files = Files.Length == 0 && target?.File is null
                ? []
                : target?.Files(Files.Length == 0 ? null : Files, IsTyped, attempt => attempt()) ?? [.. Files.Select(Selector)],
        };
    }

    /// <summary>Whether an object that names a repo is that repo or a file of a snapshot, and not, say, an incomplete file in it.</summary>
    private bool IsItsPlace(string fullName)
    {
        string? cache = ObjectPlace.CacheOf(fullName);
        string[] parts = cache is null ? [] : Path.GetRelativePath(cache, fullName).Split(Path.DirectorySeparatorChar);
        bool isPart = Files.Length > 0 || !string.IsNullOrEmpty(CommitHash) || !string.IsNullOrEmpty(Revision);
        return parts.Length == 1 || (parts.Length > 2 && parts[1] == "snapshots" && isPart);
    }

    private FileSelector Selector(string name) => IsTyped ? FileSelector.Parse(name) : FileSelector.Of(HubFileName.Parse(name));
}
