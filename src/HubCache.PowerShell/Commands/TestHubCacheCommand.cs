using System.Management.Automation;
using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Checks a hub cache: every blob against its name, and every link, ref and listing.</para>
/// <para type="description">Without the network and without writing. One object is emitted for each thing that is wrong; piped into
/// Repair-HubCache, it is repaired. With -Quiet it is a gate: one boolean, which is $true only for what was checked and is right.</para>
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "HubCache")]
[OutputType(typeof(CacheProblem), typeof(bool))]
public sealed class TestHubCacheCommand : RepoPatternCmdlet
{
    private readonly HashSet<(string Kind, string FullName, string? Revision, string? FileName)> _emitted = [];
    private bool _isSound = true;
    private bool _hasRecord;

    /// <summary><para type="description">Only what belongs to this branch, tag or commit.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(RevisionCompleter))]
    public string? Revision { get; set; }

    /// <summary>
    /// <para type="description">A lock file of Export-HubCache: every file that it names has to be there, with its length and its
    /// hash.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LockFile { get; set; }

    /// <summary>
    /// <para type="description">Every file of a commit has to be there, as its listing says; a snapshot without a listing is a
    /// problem.</para>
    /// </summary>
    [Parameter]
    public SwitchParameter Complete { get; set; }

    /// <summary><para type="description">Checks structure and lengths only; no blob is read.</para></summary>
    [Parameter]
    public SwitchParameter Quick { get; set; }

    /// <summary><para type="description">Returns $true when nothing is wrong, $false otherwise, and nothing else.</para></summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>A gate that cannot be asked says no, and why.</summary>
    private protected override void OnRefused(ErrorRecord error)
    {
        if (!Quiet)
        {
            base.OnRefused(error);
        }

        _isSound = false;
        WriteError(error);
    }

    private protected override void OnRecord()
    {
        _hasRecord = true;
        if (Quiet && !_isSound)
        {
            return;
        }

        try
        {
            foreach (Func<CheckSelection> selection in Selections())
            {
                Attempt(() => Check(selection));
            }
        }
        catch (HubCacheException)
        {
            _isSound = false;
            throw;
        }
    }

    private protected override void OnEnd()
    {
        if (!Quiet)
        {
            return;
        }

        if (!_hasRecord && _isSound)
        {
            WriteVerbose("Nothing was piped in, and so nothing was checked.");
        }

        WriteObject(_isSound && _hasRecord);
    }

    /// <summary>
    /// What is to be checked: each is read when its turn comes, so that a bad name does not stand in the way of the others.
    /// </summary>
    private IReadOnlyList<Func<CheckSelection>> Selections()
    {
        if (LockFile is null)
        {
            return [.. Names.Select(name => (Func<CheckSelection>)(() => new CheckSelection(Cache, name, RepoType, Revision)))];
        }

        if (Array.Find([nameof(RepoId), nameof(RepoType), nameof(Revision)], IsGiven) is string name)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                $"-LockFile names the repos to check, and -{name} names some too.",
                name,
                $"Leave out -{name}, or leave out -LockFile.");
        }

        return [.. HubCache.LockFile
            .Read(this.FileSystemPath(LockFile))
            .Select(repo => (Func<CheckSelection>)(() => new CheckSelection(Cache, repo)))];
    }

    private void Check(Func<CheckSelection> read)
    {
        if (Quiet && !_isSound)
        {
            return;
        }

        try
        {
            CheckSelection selection = read();
            CacheCheck check = selection.NewCheck(Quick, Complete, note => Post(() => WriteVerbose(note)));
            if (RequireCache(selection, check))
            {
                bool isClean = Run(check);
                selection.RequireRepo(check);
                Conclude(selection, check, isClean);
            }
        }
        catch (HubCacheException)
        {
            _isSound = false;
            throw;
        }
    }

    /// <summary>Whether there is a cache to look into. None where nobody asked for one is worth a warning; a gate says no.</summary>
    private bool RequireCache(CheckSelection selection, CacheCheck check)
    {
        if (check.HasCache)
        {
            return true;
        }

        string message = $"The cache '{selection.CachePath}' is not there: nothing was checked.";
        if (CachePath is not null || selection.IsExact || Quiet)
        {
            throw new HubCacheException(
                HubErrorCode.CacheNotFound,
                message,
                selection.CachePath,
                "Give the folder of the cache with -CachePath, or fill it with Save-HubFile.");
        }

        WarnOnce(message);
        return false;
    }

    /// <summary>Runs a check, and says whether it came to its end without an error or a warning.</summary>
    private bool Run(CacheCheck check)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(StopToken);
        var board = new TransferBoard(MyInvocation.MyCommand.Name, 0);
        bool isClean = true;
        try
        {
            Run(
                _ => check.RunAsync(
                    problem =>
                    {
                        isClean &= problem.Severity == "Information";
                        Take(problem, enough);
                    },
                    board.Begin,
                    enough.Token),
                board.Sample);
        }
        catch (OperationCanceledException) when (!StopToken.IsCancellationRequested)
        {
            // One thing that is wrong is answer enough.
        }

        return isClean;
    }

    private void Take(CacheProblem problem, CancellationTokenSource enough)
    {
        if (!Quiet)
        {
            // Two patterns may mean the same repo.
            if (_emitted.Add((problem.Kind, problem.FullName, problem.Revision, problem.FileName)))
            {
                Post(() => WriteObject(problem));
            }
        }
        else if (problem.Severity != "Information")
        {
            _isSound = false;
            Post(() => WriteVerbose(problem.Detail));
            enough.Cancel();
        }
    }

    private void Conclude(CheckSelection selection, CacheCheck check, bool isClean)
    {
        if (!isClean)
        {
            return;
        }

        if (check.RepoCount == 0 && (Quiet || Complete || !selection.LooksAtAll))
        {
            _isSound = false;
            WriteVerbose($"The cache '{selection.CachePath}' has no repo that is meant: nothing was checked.");
            return;
        }

        WriteVerbose(CheckedText.Of(check.Amount, selection.CachePath, Quick));
    }
}
