using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>What the cmdlets share that look at repos of the cache, at all of them when none is named.</summary>
public abstract class RepoPatternCmdlet : HubCmdlet
{
    private protected RepoPatternCmdlet()
    {
    }

    /// <summary><para type="description">The repos; wildcards are allowed. All when it is not given. An id without any must be in the cache.</para></summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [SupportsWildcards]
    [HubAddress]
    [ArgumentCompleter(typeof(RepoIdCompleter))]
    public string RepoId { get; set; } = "*";

    /// <summary><para type="description">Only repos of this kind.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [RepoTypeName]
    public RepoType? RepoType { get; set; }
}
