namespace HubCache.PowerShell;

/// <summary>Which incomplete files of one cache a call means, gathered from the pipeline.</summary>
internal sealed class IncompleteSelection
{
    private readonly List<RepoFilter> _repos = [];
    private readonly List<NamedPlace> _places = [];

    /// <summary>Means every incomplete file of some repos.</summary>
    public void Add(RepoFilter repos) => _repos.Add(repos);

    /// <summary>Means a file, or those below a folder, as far as they are of some repos.</summary>
    public void Add(RepoFilter repos, string fullName) => _places.Add(new NamedPlace(repos, fullName));

    /// <summary>Whether a repo may hold something that is meant.</summary>
    public bool Matches(string id, RepoType type)
        => _repos.Exists(repos => repos.Matches(id, type)) || _places.Exists(place => place.Repos.Matches(id, type));

    /// <summary>Whether a file is meant.</summary>
    public bool Matches(IncompleteFile file)
    {
        List<NamedPlace> named = _places.FindAll(place => place.Holds(file));
        named.ForEach(place => place.IsFound = true);
        return named.Count > 0 || _repos.Exists(repos => repos.Matches(file.RepoId, file.RepoType));
    }

    /// <summary>What was named and is not there.</summary>
    public IEnumerable<HubCacheException> Missing() => _places.GroupBy(place => place.FullName, StringComparer.Ordinal).Where(same =>
        !same.Any(place => place.IsFound)).Select(same => same.First()).Where(
            place => !Directory.Exists(place.FullName)).Select(place => new HubCacheException(
        HubErrorCode.NotCached,
        $"There is no incomplete file '{place.FullName}'.",
        place.FullName,
        "It may have been completed or removed meanwhile; Get-HubIncomplete lists those that are there."));

    private sealed record NamedPlace(RepoFilter Repos, string FullName)
    {
        public bool IsFound { get; set; }

        public bool Holds(IncompleteFile file) => Repos.Matches(file.RepoId, file.RepoType)
            && (file.FullName == FullName || file.FullName.StartsWith(FullName + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }
}
