namespace HubCache.PowerShell;

/// <summary>What of a cache is to be checked.</summary>
internal sealed class CheckSelection
{
    private readonly string _repoId;
    private readonly RepoFilter _filter;
    private readonly Names.Revision? _revision;

    /// <exception cref="HubCacheException">A part of it cannot be used.</exception>
    public CheckSelection(string cachePath, string repoId, RepoType? repoType, string? revision)
    {
        _filter = new RepoFilter(repoId, repoType);
        (CachePath, _repoId) = (cachePath, _filter.RepoId);
        _revision = _filter.IsExact ? HubTarget.Read(repoId, repoType, revision, commitHash: null, HubEnvironment.EndpointIfAny()).Revision
            : string.IsNullOrEmpty(revision) ? null : Names.Revision.Parse(revision);
        LooksAtAll = repoId == "*" && repoType is null && _revision is null;
    }

    public string CachePath { get; }

    private bool LooksAtAll { get; }

    public CacheCheck NewCheck(bool quick, Action<string>? note = null)
        => new(CachePath, _filter.Matches) { Revision = _revision, Quick = quick, LooksBesideRepos = LooksAtAll, Note = note };

    /// <summary>Refuses a check that named something which is not there.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.NotCached"/>.</exception>
    public void RequireFound(CacheCheck check)
    {
        if (check.RepoCount == 0 && (_filter.IsExact || _revision is not null))
        {
            throw new HubCacheException(
                HubErrorCode.NotCached,
                $"'{_repoId}'{(_revision is null ? string.Empty : $" at '{_revision}'")} is not in the cache {CachePath}.",
                _repoId,
                "Fetch it with Save-HubFile, or list what is there with Get-HubCache; -CachePath names another cache.");
        }
    }
}
