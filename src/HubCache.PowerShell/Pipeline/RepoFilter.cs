using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>Which repos of a cache are meant: by a wildcard, by type.</summary>
internal sealed class RepoFilter(string repoId, RepoType? repoType)
{
    private readonly WildcardPattern _pattern = WildcardPattern.Get(repoId, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);

    /// <summary>Whether one repo is named, so that it is an error when it is not there.</summary>
    public bool IsExact => !WildcardPattern.ContainsWildcardCharacters(repoId);

    /// <summary>Whether a repo is meant.</summary>
    public bool Matches(string id, RepoType type) => (repoType is null || type == repoType) && _pattern.IsMatch(id);

    /// <summary>Whether something emitted earlier is of a repo that is meant.</summary>
    public bool Matches(string id, string type) => Enum.TryParse(type, out RepoType parsed) && Matches(id, parsed);
}
