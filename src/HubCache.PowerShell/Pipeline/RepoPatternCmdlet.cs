using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>What the cmdlets share that look at repos of the cache, at all of them when none is named.</summary>
public abstract class RepoPatternCmdlet : HubCmdlet
{
    private protected RepoPatternCmdlet()
    {
    }

    /// <summary>
    /// <para type="description">The repos; wildcards are allowed. All when it is not given. An id without any must be in the cache.</para>
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [SupportsWildcards]
    [HubAddress]
    [ArgumentCompleter(typeof(RepoIdCompleter))]
    public string[]? RepoId { get; set; } = ["*"];

    /// <summary><para type="description">Only repos of this kind.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [RepoTypeName]
    public RepoType? RepoType { get; set; }

    /// <summary>What the record at hand names; a name that cannot be used is reported, and the others count.</summary>
    private protected IReadOnlyList<RepoFilter> Filters()
    {
        var filters = new List<RepoFilter>();
        foreach (string? name in Names)
        {
            Attempt(() => filters.Add(new RepoFilter(name, RepoType)));
        }

        return filters;
    }

    /// <summary>The names of the record at hand, each once; one empty text, which is refused, when there is none.</summary>
    private protected IReadOnlyList<string?> Names
        => RepoId is { Length: > 0 } names ? [.. names.Distinct(StringComparer.Ordinal)] : [null];
}
