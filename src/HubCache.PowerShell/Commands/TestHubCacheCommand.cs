using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Checks a hub cache: every blob against its name, and every link, ref and listing.</para>
/// <para type="description">Without the network and without writing. One object is emitted for each thing that is wrong; piped into
/// Repair-HubCache, it is mended.</para>
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "HubCache")]
[OutputType(typeof(CacheProblem), typeof(bool))]
public sealed class TestHubCacheCommand : RepoPatternCmdlet
{
    private bool _isSound = true;

    /// <summary><para type="description">Only what belongs to this branch, tag or commit.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(RevisionCompleter))]
    public string? Revision { get; set; }

    /// <summary><para type="description">Checks structure and lengths only; no blob is read.</para></summary>
    [Parameter]
    public SwitchParameter Quick { get; set; }

    /// <summary><para type="description">Returns $true when nothing is wrong, $false otherwise, and nothing else.</para></summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void OnRecord()
    {
        if (Quiet && !_isSound)
        {
            return;
        }

        try
        {
            var selection = new CheckSelection(Cache, RepoId, RepoType, Revision);
            CacheCheck check = selection.NewCheck(Quick, note => Post(() => WriteVerbose(note)));
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(StopToken);
            Check(check, enough);
            selection.RequireFound(check);
        }
        catch (HubCacheException)
        {
            _isSound = false;
            throw;
        }
    }

    private protected override void OnEnd()
    {
        if (Quiet)
        {
            WriteObject(_isSound);
        }
    }

    private void Check(CacheCheck check, CancellationTokenSource enough)
    {
        var board = new TransferBoard(MyInvocation.MyCommand.Name, 0);
        try
        {
            Run(_ => check.RunAsync(problem => Take(problem, enough), board.Begin, enough.Token), board.Sample);
        }
        catch (OperationCanceledException) when (!StopToken.IsCancellationRequested)
        {
            // One thing that is wrong is answer enough.
        }
    }

    private void Take(CacheProblem problem, CancellationTokenSource enough)
    {
        if (!Quiet)
        {
            Post(() => WriteObject(problem));
        }
        else if (problem.Severity != "Information")
        {
            _isSound = false;
            Post(() => WriteVerbose(problem.Detail));
            enough.Cancel();
        }
    }
}
