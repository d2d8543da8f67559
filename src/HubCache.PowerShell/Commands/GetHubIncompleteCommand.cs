using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Lists partial downloads and other leftovers in a hub cache, and says whose they are.</para>
/// <para type="description">A file is live unless it is proven dead. Where only its age can tell, its State is Unknown until a
/// second look, at least a minute after the first, has found it the same.</para>
/// </summary>
[Cmdlet(VerbsCommon.Get, "HubIncomplete")]
[OutputType(typeof(IncompleteFile))]
public sealed class GetHubIncompleteCommand : RepoPatternCmdlet
{
    /// <summary><para type="description">How old a file must be before its age can prove it dead.</para></summary>
    [Parameter]
    [Duration("-MinimumAge 1:00:00, or (New-TimeSpan -Hours 1)")]
    public TimeSpan MinimumAge { get; set; } = TimeSpan.FromHours(24);

    private protected override void OnRecord()
    {
        var census = new IncompleteCensus(Cache, MinimumAge) { OnUnreadable = Report };
        IReadOnlyList<RepoFilter> filters = Filters();
        foreach (IncompleteFile file in filters.Count == 0
            ? []
            : census.Find((id, type) => filters.Any(filter => filter.Matches(id, type)), StopToken))
        {
            WriteObject(file);
        }
    }
}
