using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Removes repos, revisions or files from a hub cache.</para>
/// <para type="description">Always refs first, then links, then blobs that nothing else refers to. What a download works on stays.</para>
/// </summary>
[Cmdlet(VerbsCommon.Remove, "HubCache", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(RemovedItem))]
public sealed class RemoveHubCacheCommand : HubCmdlet
{
    private readonly RemovalWishes _wishes = new();
    private readonly RemovalTotal _total = new();
    private RepoFilter[] _keep = [];
    private bool _isTyped;

    /// <summary><para type="description">The repos; wildcards are allowed. An id without any must be in the cache.</para></summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [HubAddress]
    [ArgumentCompleter(typeof(RepoIdCompleter))]
    public string[]? RepoId { get; set; }

    /// <summary><para type="description">Only repos of this kind.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [RepoTypeName]
    public RepoType? RepoType { get; set; }

    /// <summary><para type="description">A branch, a tag or a commit.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(RevisionCompleter))]
    public string? Revision { get; set; }

    /// <summary><para type="description">The commit, whatever the revision stands for.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(CommitHashCompleter))]
    public string? CommitHash { get; set; }

    /// <summary><para type="description">Files in the revision, or patterns.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CachedFileNameCompleter))]
    public string[]? FileName { get; set; }

    /// <summary><para type="description">Where a piped object lies: says which cache is meant.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? FullName { get; set; }

    /// <summary><para type="description">Only revisions without a ref.</para></summary>
    [Parameter]
    public SwitchParameter Detached { get; set; }

    /// <summary><para type="description">Only what nobody read or wrote for so long.</para></summary>
    [Parameter]
    [Duration("-UnusedFor 30.00:00:00, or (New-TimeSpan -Days 30)")]
    public TimeSpan? UnusedFor { get; set; }

    /// <summary><para type="description">Least recently used first, until so many bytes are left.</para></summary>
    [Parameter]
    [Size]
    [ValidateRange(0, long.MaxValue)]
    public long? KeepBytes { get; set; }

    /// <summary><para type="description">Repos of which nothing is removed; wildcards are allowed.</para></summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RepoIdCompleter))]
    public string[]? Keep { get; set; }

    /// <summary><para type="description">Emits what was removed and what was kept.</para></summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private bool HasFilter => Detached || UnusedFor is not null || KeepBytes is not null;

    private protected override void OnBegin()
    {
        // What is bound before the first record was typed; what a record brings is a name, whatever characters are in it.
        _isTyped = FileName is not null;
        _keep = [.. (Keep ?? []).Select(keep => new RepoFilter(keep, null))];
        if (!MyInvocation.ExpectingInput)
        {
            CheckThatSomethingIsNamed();
        }
    }

    private protected override void OnRecord()
    {
        CheckThatSomethingIsNamed();
        foreach (string repoId in RepoId ?? ["*"])
        {
            Attempt(() => Wish(repoId));
        }
    }

    private protected override void OnEnd()
    {
        foreach ((string cache, IReadOnlyList<RemovalSelection> selections) in _wishes.ByCache)
        {
            Attempt(() => Remove(new CacheRemover(cache), Request(selections)));
        }

        _total.Say(WriteVerbose);
    }

    private void Wish(string repoId)
    {
        var wish = new RemovalWish(
            repoId, RepoType, Revision, CommitHash, FileName ?? [], _isTyped, FullName is null ? null : this.FileSystemPath(FullName));
        wish.CheckPlace();
        _wishes.Add(CacheToWrite(wish.FullName, wish.FullName), wish.Selection());
    }

    private void CheckThatSomethingIsNamed()
    {
        bool isPart = Revision is not null || FileName is not null || CommitHash is not null;
        if (RepoId is null && (!HasFilter || isPart))
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                "It is not said what to remove.",
                this.MyInvocation.MyCommand.Name,
                "Give a repo id, -Detached, -UnusedFor or -KeepBytes. To remove everything, say so with -RepoId *.");
        }
    }

    private RemovalRequest Request(IReadOnlyList<RemovalSelection> selections) => new()
    {
        Selections = selections,
        Detached = Detached,
        UnusedFor = UnusedFor,
        KeepBytes = KeepBytes,
        Keep = (id, type) => Array.Exists(_keep, keep => keep.Matches(id, type)),
    };

    private void Remove(CacheRemover remover, RemovalRequest request)
    {
        RemovalPlan plan = remover.Plan(request, StopToken);
        foreach (HubCacheException error in plan.Errors)
        {
            Report(error);
        }

        if (IsWhatIf)
        {
            new RemovalReportLines((target, action) => ShouldProcess(target, action)).Write(plan.Steps);
            return;
        }

        RemovalStep[] agreed =
            [.. plan.Steps.Where(step => ShouldProcess(RemovalReportLines.Target(step), RemovalReportLines.Action(step)))];
        Run(
            stop => remover.RemoveAsync(agreed, item => Post(() => Say(item)), error => Post(() => Report(error)), stop),
            () => []);
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
}
