using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Repairs what Test-HubCache finds in a hub cache, and fetches again only what is wrong.</para>
/// <para type="description">Takes the objects of Test-HubCache, or checks the repos that are named. One object is emitted for each
/// problem: what was done about it.</para>
/// </summary>
[Cmdlet(VerbsDiagnostic.Repair, "HubCache", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(RepairedItem))]
public sealed class RepairHubCacheCommand : HubConnectionCmdlet
{
    private readonly Dictionary<string, List<CacheProblem>> _problems = new(StringComparer.Ordinal);
    private readonly List<(CheckSelection Selection, string[]? FileName)> _checks = [];

    /// <summary>
    /// <para type="description">The repos to check and repair; wildcards are allowed. The objects of Test-HubCache bring it along.</para>
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [SupportsWildcards]
    [HubAddress]
    [ArgumentCompleter(typeof(RepoIdCompleter))]
    public string? RepoId { get; set; }

    /// <summary><para type="description">Only repos of this kind.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [RepoTypeName]
    public RepoType? RepoType { get; set; }

    /// <summary><para type="description">Only what belongs to this branch, tag or commit.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(RevisionCompleter))]
    public string? Revision { get; set; }

    /// <summary><para type="description">Only problems from which these files suffer.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(CachedFileNameCompleter))]
    public string[]? FileName { get; set; }

    /// <summary>
    /// <para type="description">The kind of the problem, as the objects of Test-HubCache bring it along. With it nothing is checked
    /// first.</para>
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Kind { get; set; }

    /// <summary>
    /// <para type="description">What is wrong: the file, link or folder, as the objects of Test-HubCache bring it along.</para>
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? FullName { get; set; }

    /// <summary><para type="description">Fetches also what a snapshot lacks of its commit, and perhaps nobody asked for.</para></summary>
    [Parameter]
    public SwitchParameter Complete { get; set; }

    private protected override void OnRecord()
    {
        RepoTypeNameAttribute.Check(RepoType);
        string cache = Path.TrimEndingDirectorySeparator(Path.GetFullPath(CacheToWrite(target: FullName)));
        if (!string.IsNullOrEmpty(Kind) && !string.IsNullOrEmpty(FullName))
        {
            if (!_problems.TryGetValue(cache, out List<CacheProblem>? problems))
            {
                _problems.Add(cache, problems = []);
            }

            problems.Add(Piped(cache));
            return;
        }

        if (string.IsNullOrEmpty(RepoId))
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                "Nothing says what to repair.",
                nameof(RepoId),
                "Pipe in what Test-HubCache emits, or name repos with -RepoId; -RepoId * means the whole cache.");
        }

        _checks.Add((new CheckSelection(cache, RepoId, RepoType, Revision), FileName));
    }

    private protected override void OnEnd()
    {
        foreach ((CheckSelection selection, string[]? files) in _checks)
        {
            Attempt(() => Repair(selection.CachePath, Find(selection, files)));
        }

        foreach ((string cache, List<CacheProblem> problems) in _problems)
        {
            Attempt(() => Repair(cache, problems));
        }
    }

    private List<CacheProblem> Find(CheckSelection selection, string[]? files)
    {
        var found = new List<CacheProblem>();
        CacheCheck check = selection.NewCheck(quick: false);
        var board = new TransferBoard(MyInvocation.MyCommand.Name, 0);
        Run(stop => check.RunAsync(found.Add, board.Begin, stop), board.Sample);
        selection.RequireFound(check);
        return files is null ? found : found.FindAll(problem => files.Contains(problem.FileName, StringComparer.Ordinal));
    }

    private void Repair(string cache, List<CacheProblem> problems)
    {
        var board = new TransferBoard(MyInvocation.MyCommand.Name, problems.Count);
        using var repair =
            new CacheRepair(Options(cache), LibraryContext.NewRetryPolicy(), new PipelineObserver(this, board)) { Complete = Complete };
        if (IsWhatIf)
        {
            IReadOnlyList<RepairStep> steps = [];
            Run(async stop => steps = await repair.PlanAsync(problems, stop).ConfigureAwait(false), board.Sample);
            new RepairReport(ShouldProcess).Say(steps);
            return;
        }

        List<CacheProblem> agreed = problems.FindAll(problem => ShouldProcess(problem.FullName, $"Repair {problem.Kind}"));
        Run(stop => repair.RunAsync(agreed, (item, error) => Post(() => Say(item, error)), stop), board.Sample);
    }

    private void Say(RepairedItem item, HubCacheException? error)
    {
        WriteVerbose($"{item.FullName}: {item.Result}. {item.Detail}");
        WriteObject(item);
        if (error is not null)
        {
            Report(error);
        }
    }

    private CacheProblem Piped(string cache) => new()
    {
        Kind = Kind!,
        Severity = string.Empty,
        RepoId = RepoId ?? string.Empty,
        RepoType = RepoType?.ToString() ?? nameof(HubCache.RepoType.Model),
        Revision = string.IsNullOrEmpty(Revision) ? null : Revision,
        FileName = FileName?.FirstOrDefault(name => !string.IsNullOrEmpty(name)),
        FullName = this.FileSystemPath(FullName!),
        Detail = string.Empty,
        Repairable = true,
        CachePath = cache,
    };
}
