using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>Which repos of a cache are meant: by a wildcard, by type.</summary>
internal sealed class RepoFilter
{
    private readonly WildcardPattern _pattern;
    private readonly RepoType? _repoType;

    /// <summary>Reads what is meant.</summary>
    /// <param name="repoId">A pattern for ids, or a repo in any of the forms of <see cref="HubReference"/>; a revision and a file in it do
    /// not count.</param>
    /// <param name="repoType">The type; null when it is not said beside the pattern.</param>
    /// <exception cref="HubCacheException">It is neither, or it says another type than the one beside it.</exception>
    public RepoFilter(string? repoId, RepoType? repoType)
    {
        if (string.IsNullOrEmpty(repoId))
        {
            // Refused here and not by the parameter: a refusal while parameters are bound never reaches the cmdlet, which would go on as if
            // all were well.
            throw new HubCacheException(
                HubErrorCode.InvalidRepoId,
                "An empty text is not a repo id.",
                nameof(RepoId),
                "Give a repo id, or * for all repos of the cache.");
        }

        RepoTypeNameAttribute.Check(repoType);
        (RepoId, RepoType? said) = HubReference.ParsePattern(repoId, HubEnvironment.EndpointIfAny());
        _repoType = HubTarget.Agreed(HubTarget.Shown(repoId), nameof(RepoType), repoType, said);
        _pattern = Parse(RepoId);
    }

    /// <summary>The pattern alone, or the plain id.</summary>
    public string RepoId { get; }

    /// <summary>Whether one repo is named, so that it is an error when it is not there.</summary>
    public bool IsExact => !WildcardPattern.ContainsWildcardCharacters(RepoId);

    /// <summary>Whether the text could be a repo id, or a pattern for some.</summary>
    public static bool MayBeId(string? text)
    {
        return !string.IsNullOrEmpty(text) && (HubReference.IsMoreThanAnId(text) || (HubReference.ParsePattern(text, endpoint: null).Pattern
            is string id && id.Split('/') is [not "", ..] and { Length: <= 2 }
            && id.All(c => char.IsAsciiLetterOrDigit(c) || "-_./*?[]".Contains(c, StringComparison.Ordinal))));
    }

    /// <summary>Whether a repo is meant.</summary>
    public bool Matches(string id, RepoType type) => (_repoType is null || type == _repoType) && _pattern.IsMatch(id);

    /// <summary>Whether something emitted earlier is of a repo that is meant.</summary>
    public bool Matches(string id, string type) => Enum.TryParse(type, out RepoType parsed) && Matches(id, parsed);

    private static WildcardPattern Parse(string repoId)
    {
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
                HubErrorCode.InvalidRepoId,
                $"'{repoId}' is neither a repo id nor a wildcard pattern.",
                repoId,
                "Close the bracket, or leave it out.",
                error);
        }
    }
}
