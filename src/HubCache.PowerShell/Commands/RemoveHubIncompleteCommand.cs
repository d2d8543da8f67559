using System.Management.Automation;
using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Removes partial downloads and other leftovers from a hub cache, as far as nobody works on them.</para>
/// <para type="description">Only what is proven dead goes; -Force takes the rest as well. Files that only their age can judge are
/// looked at a second time, which takes a minute.</para>
/// </summary>
[Cmdlet(VerbsCommon.Remove, "HubIncomplete", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(RemovedItem))]
public sealed class RemoveHubIncompleteCommand : RepoPatternCmdlet
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(1);

    private readonly RemovalTotal _total = new();
    private readonly Dictionary<string, IncompleteSelection> _wanted = new(StringComparer.Ordinal);

    /// <summary><para type="description">Exactly these files, or those below these folders; taken literally.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string[]? FullName { get; set; }

    /// <summary>
    /// <para type="description">How old a file must be before its age can prove it dead. Less than a minute needs -Force.</para>
    /// </summary>
    [Parameter]
    [Duration("-MinimumAge 1:00:00, or (New-TimeSpan -Hours 1)")]
    public TimeSpan MinimumAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary><para type="description">Removes live files too, and does not look twice.</para></summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary><para type="description">Emits what was removed and what was kept.</para></summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void OnBegin()
    {
        if (MinimumAge < BetweenLooks && !Force)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                "A minimum age under a minute would take files from under writers on other machines.",
                MinimumAge,
                "Give -MinimumAge 0:01:00 or more, or add -Force if nobody else uses the cache.");
        }
    }

    private protected override void OnRecord()
    {
        // For want of a RepoId, PowerShell makes text of a piped object that has a FullName, and calls that its RepoId.
        IReadOnlyList<RepoFilter> filters = FullName is null || Names.All(RepoFilter.MayBeId) ? Filters() : [new RepoFilter("*", RepoType)];
        foreach (RepoFilter repos in filters)
        {
            if (FullName is null)
            {
                Wanted(CacheToWrite()).Add(repos);
                continue;
            }

            foreach (string fullName in FullName.Select(this.FileSystemPath))
            {
                Attempt(() => Wanted(CacheToWrite(fullName, fullName)).Add(repos, fullName));
            }
        }
    }

    private protected override void OnEnd()
    {
        foreach ((string cache, IncompleteSelection selection) in _wanted)
        {
            Attempt(() => Clean(cache, selection));
        }

        _total.Say(WriteVerbose);
    }

    private void Clean(string cache, IncompleteSelection selection)
    {
        var census = new IncompleteCensus(cache, MinimumAge) { OnUnreadable = Report };
        List<IncompleteFile> files = [.. census.Find(selection.Matches, StopToken).Where(selection.Matches)];
        foreach (HubCacheException missing in selection.Missing())
        {
            Report(missing);
        }

        foreach (IncompleteFile file in IsWhatIf || Force ? files : LookAgain(census, files))
        {
            Attempt(() => Remove(census, file));
        }
    }

    private IncompleteSelection Wanted(string cache)
    {
        if (!_wanted.TryGetValue(cache, out IncompleteSelection? selection))
        {
            _wanted.Add(cache, selection = new IncompleteSelection());
        }

        return selection;
    }

    private IReadOnlyList<IncompleteFile> LookAgain(IncompleteCensus census, List<IncompleteFile> files)
    {
        int open = files.Count(file => file.State == "Unknown");
        if (open == 0)
        {
            return files;
        }

        string reason =
            $"Only age can judge {open} of {files.Count} files: those old enough are looked at again, a minute after the first look.";
        WriteVerbose(reason);
        IReadOnlyList<IncompleteFile> judged = files;
        var board = new WaitBoard(MyInvocation.MyCommand.Name, reason, BetweenLooks);
        Run(async stop => judged = await census.LookAgainAsync(files, stop).ConfigureAwait(false), board.Sample);
        return judged;
    }

    private void Remove(IncompleteCensus census, IncompleteFile file)
    {
        string size = SizeText.Of(file.Length);
        bool mayGo = Force || file.State == "Dead";
        string action = mayGo ? $"Remove {size}" : $"Remove {size} if a second look finds it dead";
        if (mayGo || (IsWhatIf && file.State == "Unknown"))
        {
            if (ShouldProcess(file.FullName, action))
            {
                Say(census.Remove(file, Force));
            }
        }
        else
        {
            Say(Kept(file));
        }
    }

    private void Say(RemovedItem item)
    {
        _total.Add(item);
        WriteVerbose($"{item.FullName}: {(item.Kind == "Kept" ? "kept" : "removed")}. {item.Reason}");
        if (PassThru)
        {
            WriteObject(item);
        }
    }

    private static RemovedItem Kept(IncompleteFile file) => new()
    {
        Kind = "Kept",
        RepoId = file.RepoId,
        RepoType = file.RepoType,
        Revision = null,
        FullName = file.FullName,
        BytesFreed = 0,
        Reason = file.Reason,
    };
}
