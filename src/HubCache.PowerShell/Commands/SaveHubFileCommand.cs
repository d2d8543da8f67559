using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Brings files of a repo on the Hugging Face Hub, or all of them, into the hub cache.</para>
/// <para type="description">Every file is checked against its hash before it gets its name, and is on the disk before it is
/// reported. Files that the cache has are not fetched again. One object is emitted for each file, in the order of the input.</para>
/// </summary>
[Cmdlet(VerbsData.Save, "HubFile", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(CachedFile))]
public sealed class SaveHubFileCommand : HubSelectionCmdlet
{
    /// <summary><para type="description">Fetches files again that the cache has. The old bytes stay until new ones are verified.</para></summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void OnEnd()
    {
        if (IsWhatIf)
        {
            var report = new PlanReport(ShouldProcess);
            Serve<FindOutcome>(Force, (hub, request, observer, stop) => hub.PlanAsync(request, observer, stop), (group, outcome) => report.Add(group, outcome.File!));
            report.Total();
        }
        else
        {
            Batch.Keep(group => ShouldProcess(group.Label, group.Action));
            Serve<DownloadOutcome>(Force, (hub, request, observer, stop) => hub.DownloadAsync(request, observer, stop), (_, outcome) => WriteObject(WithPSPath(outcome.File!)));
        }
    }

    // An object with PSPath goes into Get-Item and its like literally, whatever brackets are in its name.
    private static PSObject WithPSPath(CachedFile file)
    {
        var emitted = new PSObject(file);
        emitted.Properties.Add(new PSNoteProperty("PSPath", $@"Microsoft.PowerShell.Core\FileSystem::{file.FullName}"));
        return emitted;
    }
}
