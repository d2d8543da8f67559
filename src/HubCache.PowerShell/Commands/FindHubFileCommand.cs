using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Shows what a repo on the Hugging Face Hub holds, and how much of it the hub cache has.</para>
/// <para type="description">Nothing is fetched and nothing is written. One object is emitted for each file; piped into Save-HubFile,
/// it downloads exactly that file of exactly that commit.</para>
/// </summary>
[Cmdlet(VerbsCommon.Find, "HubFile")]
[OutputType(typeof(HubFile))]
public sealed class FindHubFileCommand : HubSelectionCmdlet
{
    private protected override void OnEnd()
        => Serve<FindOutcome>(
            (hub, request, observer, stop) => hub.FindAsync(request, observer, stop), (_, outcome) => WriteObject(outcome.File));
}
