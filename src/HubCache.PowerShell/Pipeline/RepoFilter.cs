using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>Which repos of a cache are meant: by a wildcard, by type.</summary>
internal sealed class RepoFilter(string repoId, RepoType? repoType)
{
    private readonly WildcardPattern _pattern = Parse(repoId, repoType);

    /// <summary>Whether one repo is named, so that it is an error when it is not there.</summary>
    public bool IsExact => !WildcardPattern.ContainsWildcardCharacters(repoId);

    /// <summary>Whether the text could be a repo id, or a pattern for some.</summary>
    public static bool MayBeId(string text)
        => text.Split('/') is [not "", ..] and { Length: <= 2 } && text.All(c => char.IsAsciiLetterOrDigit(c) || "-_./*?[]".Contains(c, StringComparison.Ordinal));

    /// <summary>Whether a repo is meant.</summary>
    public bool Matches(string id, RepoType type) => (repoType is null || type == repoType) && _pattern.IsMatch(id);

    /// <summary>Whether something emitted earlier is of a repo that is meant.</summary>
    public bool Matches(string id, string type) => Enum.TryParse(type, out RepoType parsed) && Matches(id, parsed);

    private static WildcardPattern Parse(string repoId, RepoType? repoType)
    {
        RepoTypeNameAttribute.Check(repoType);
        var pattern = WildcardPattern.Get(repoId, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
        try
        {
            // What is wrong with a pattern shows only when it is used.
            _ = pattern.IsMatch(string.Empty);
            return pattern;
        }
        catch (RuntimeException error)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidRepoId, $"'{repoId}' is neither a repo id nor a wildcard pattern.", repoId, "Close the bracket, or leave it out.", error);
        }
    }
}
