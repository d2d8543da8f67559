namespace HubCache.PowerShell;

/// <summary>What of a cache is to be checked.</summary>
internal sealed class CheckSelection
{
    private readonly string _repoId;
    private readonly Func<string, RepoType, bool> _matches;
    private readonly bool _isExact;
    private readonly HubCache.Revision? _revision;
    private readonly LockedRepo? _locked;

    /// <exception cref="HubCacheException">A part of it cannot be used.</exception>
    public CheckSelection(string cachePath, string? repoId, RepoType? repoType, string? revision)
    {
        var filter = new RepoFilter(repoId, repoType);
        (CachePath, _repoId, _matches, _isExact) = (cachePath, filter.RepoId, filter.Matches, filter.IsExact);
        _revision = _isExact ? HubTarget.Read(repoId!, repoType, revision, commitHash: null, HubEnvironment.EndpointIfAny()).Revision
            : string.IsNullOrEmpty(revision) ? null : HubCache.Revision.Parse(revision);
        LooksAtAll = repoId == "*" && repoType is null && _revision is null;
    }

    /// <summary>The files of a repo that a lock file names.</summary>
    public CheckSelection(string cachePath, LockedRepo locked)
    {
        (CachePath, _repoId, _isExact, _locked) = (cachePath, locked.RepoId.Value, true, locked);
        _matches = (id, type) => id == locked.RepoId.Value && type == locked.RepoType;
        _revision = HubCache.Revision.Of(locked.Commit);
    }

    public string CachePath { get; }

    /// <summary>Whether one repo is named.</summary>
    public bool IsExact => _isExact;

    /// <summary>Whether the whole cache is meant.</summary>
    public bool LooksAtAll { get; }

    public CacheCheck NewCheck(bool quick, bool complete = false, Action<string>? note = null) => new(CachePath, _matches)
    {
        Revision = _revision,
        Quick = quick,
        LooksBesideRepos = LooksAtAll,
        Complete = complete,
        Locked = _locked,
        Note = note,
    };

    /// <summary>Refuses a check that named something which is not there.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.NotCached"/>.</exception>
    public void RequireFound(CacheCheck check)
    {
        if (check.RepoCount == 0 && (_isExact || _revision is not null))
        {
            throw NotThere(HubErrorCode.NotCached);
        }
    }

    /// <summary>The same for a gate, which says of a repo that is not there at all that the cache has not been found.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheNotFound"/>: the repo is not there;
    /// <see cref="HubErrorCode.NotCached"/>: its revision is not.</exception>
    public void RequireRepo(CacheCheck check)
    {
        if (_isExact && check.MatchCount == 0)
        {
            throw NotThere(HubErrorCode.CacheNotFound);
        }

        RequireFound(check);
    }

    private HubCacheException NotThere(HubErrorCode code) => new(
        code,
        $"'{_repoId}'{(_revision is null ? string.Empty : $" at '{_revision}'")} is not in the cache {CachePath}.",
        _repoId,
        "Fetch it with Save-HubFile, or list what is there with Get-HubCache; -CachePath names another cache.");
}
