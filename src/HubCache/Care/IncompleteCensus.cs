namespace HubCache;

/// <summary>Finds incomplete files, tells whose they are, and removes the dead ones.</summary>
public sealed class IncompleteCensus
{
    /// <summary>Begins a census of a cache.</summary>
    /// <param name="cachePath">The cache.</param>
    /// <param name="minimumAge">Files whose owner cannot be asked are not dead before they are this old; null for 24 hours.</param>
    public IncompleteCensus(string cachePath, TimeSpan? minimumAge) => throw new NotImplementedException();

    /// <summary>The incomplete files of the repos that the filter lets through, each looked at once.</summary>
    public IReadOnlyList<IncompleteFile> Find(Func<string, RepoType, bool> filter, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Looks a second time, a minute after the first, at the files that only age can judge. Returns all files with the new verdicts. Returns at once when there are none.</summary>
    public Task<IReadOnlyList<IncompleteFile>> LookAgainAsync(IReadOnlyList<IncompleteFile> files, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Removes one file if it is dead or force is given, after a last look; says what became of it.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheWriteFailed"/>: it could not be removed.</exception>
    public RemovedItem Remove(IncompleteFile file, bool force) => throw new NotImplementedException();
}
