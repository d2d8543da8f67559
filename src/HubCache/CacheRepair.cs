using HubCache.Maintenance.Checking;
using HubCache.Maintenance.Repairing;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache;

/// <summary>Repairs what a <see cref="CacheCheck"/> found, with the Hub's help or without.</summary>
public sealed class CacheRepair : IDisposable
{
    private readonly HubOptions _options;
    private readonly Disk _disk;
    private readonly IDownloadObserver _observer;
    private readonly HubDownloader? _hub;
    private readonly HubQuestions? _questions;

    /// <summary>Prepares a repair of the cache that the options name. Offline, what cannot be trusted is removed.</summary>
    /// <param name="options">Where the Hub and the cache are, and whether the Hub may be asked.</param>
    /// <param name="retries">Runs attempts again.</param>
    /// <param name="observer">Hears decisions, warnings and progress.</param>
    public CacheRepair(HubOptions options, IRetryPolicy retries, IDownloadObserver observer)
        : this(options, retries, observer, Disk.OfThisSystem)
    {
    }

    internal CacheRepair(HubOptions options, IRetryPolicy retries, IDownloadObserver observer, Disk disk)
    {
        ArgumentNullException.ThrowIfNull(options);
        Boundary boundary = CacheBoundary.ForCare(options.CachePath);
        (_options, _observer, _disk) = (options with { CachePath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.CachePath)) },
            observer,
            disk.Within(boundary));
        if (!options.Offline)
        {
            _hub = new HubDownloader(_options, retries, disk, boundary: boundary);
            _questions = new HubQuestions(_options, retries, _disk, observer);
        }
    }

    /// <summary>Whether files that a snapshot lacks are fetched too; perhaps they were never asked for.</summary>
    public bool Complete { get; init; }

    /// <summary>Says what would be done, and writes nothing. The Hub is asked how long files are that no listing knows.</summary>
    /// <exception cref="HubCacheException">A problem is none of this cache.</exception>
    public async Task<IReadOnlyList<RepairStep>> PlanAsync(IReadOnlyList<CacheProblem> problems, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(problems);
        var steps = new List<RepairStep>();
        foreach ((RepoPaths? folder, List<CacheProblem> ofRepo) in ByRepo(problems))
        {
            steps.AddRange(folder is null
                ? ofRepo.Select(problem =>
                    new RepairStep(problem, IsOfLocks(problem) ? RepairPlan.SmallAction(RepoRepair.KindOf(problem)!.Value) : null, 0))
                : await new RepairPlan(Means(folder)).ForAsync(ofRepo, cancellationToken).ConfigureAwait(false));
        }

        return steps;
    }

    /// <summary>Repairs, repo by repo. One answer for each problem, and one for each that showed itself on the way.</summary>
    /// <param name="problems">What is wrong.</param>
    /// <param name="done">Takes what became of a problem, with the error when it failed.</param>
    /// <param name="cancellationToken">Ends it; temps are removed before the call returns.</param>
    /// <exception cref="HubCacheException">A problem is none of this cache.</exception>
    public async Task RunAsync(
        IReadOnlyList<CacheProblem> problems, Action<RepairedItem, HubCacheException?> done, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(problems);
        ArgumentNullException.ThrowIfNull(done);
        foreach ((RepoPaths? folder, List<CacheProblem> ofRepo) in ByRepo(problems))
        {
            if (folder is not null)
            {
                await RepairRepoAsync(folder, ofRepo, done, cancellationToken).ConfigureAwait(false);
                continue;
            }

            foreach (CacheProblem problem in ofRepo)
            {
                Outcome outcome = RepairBesideRepos(problem);
                done(Item(problem, outcome), outcome.Error);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hub?.Dispose();
        _questions?.Dispose();
    }

    /// <summary>Repairs one repo. When it cannot be read any more, the problems that have no answer yet get the error.</summary>
    private async Task RepairRepoAsync(
        RepoPaths folder, List<CacheProblem> problems, Action<RepairedItem, HubCacheException?> done, CancellationToken cancellationToken)
    {
        var open = new HashSet<CacheProblem>(problems, ReferenceEqualityComparer.Instance);
        void Answer(CacheProblem problem, Outcome outcome)
        {
            open.Remove(problem);
            done(Item(problem, outcome), outcome.Error);
        }

        try
        {
            await new RepoRepair(Means(folder)).RunAsync(problems, Answer, cancellationToken).ConfigureAwait(false);
        }
        catch (DiskException e)
        {
            var failed = Outcome.Failed(DiskErrors.ToHubError(e));
            problems.FindAll(open.Contains).ForEach(problem => Answer(problem, failed));
        }
    }

    private bool IsOfLocks(CacheProblem problem) => problem.FullName == LocksFolder.Of(_options.CachePath);

    private Outcome RepairBesideRepos(CacheProblem problem)
    {
        if (!IsOfLocks(problem))
        {
            return Outcome.Skipped("It is no repo's, and left to whoever put it there.");
        }

        try
        {
            if (LocksFolder.LackingMode(_disk, _options.CachePath) is (FileFacts facts, int wanted))
            {
                return SmallRepairs.SetMode(_disk, problem.FullName, facts, wanted);
            }

            if (!LocksFolder.IsBlocked(_disk, _options.CachePath))
            {
                return Outcome.Skipped("It is right by now.");
            }

            string name = IncompleteName.New(RepoPlaces.AsidePrefix).ToString();
            _disk.Rename(problem.FullName, Path.Combine(_options.CachePath, name));
            FolderMaker.Ensure(_disk, problem.FullName);
            return Outcome.Done("FolderMade", $"What lay there is called '{name}' now. The folder is there.");
        }
        catch (DiskException e)
        {
            return Outcome.Failed(DiskErrors.ToHubError(e));
        }
    }

    private RepairContext Means(RepoPaths folder)
        => new(_disk, folder, _hub, _questions, _observer) { WithoutSymbolicLinks = _options.WithoutSymbolicLinks, Complete = Complete };

    private List<(RepoPaths? Folder, List<CacheProblem> Problems)> ByRepo(IReadOnlyList<CacheProblem> problems)
    {
        foreach (CacheProblem problem in problems)
        {
            Check(problem);
        }

        return [.. problems.DistinctBy(problem => (problem.RepoType, problem.RepoId, problem.Kind, problem.FullName))
            .GroupBy(problem => (problem.RepoType, problem.RepoId))
            .Select(group => (group.Key.RepoId.Length == 0 ? null : FolderOf(group.First()), group.ToList()))];
    }

    /// <summary>
    /// Refuses what this version does not know, or what would have it write somewhere else: problems come through the pipeline, from
    /// anywhere.
    /// </summary>
    private void Check(CacheProblem problem)
    {
        string? place = problem.RepoId.Length == 0 ? _options.CachePath : FolderOf(problem).FullName;
        string locks = LocksFolder.Of(_options.CachePath);
        bool isHere = Path.IsPathFullyQualified(problem.FullName) && !problem.FullName.Contains(
            '\0', StringComparison.Ordinal) && Path.GetFullPath(problem.FullName) == problem.FullName
            && (problem.FullName == place || RepoPaths.LiesIn(problem.FullName, place) || RepoPaths.LiesIn(problem.FullName, locks));
        if (!isHere || RepoRepair.KindOf(problem) is null)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                isHere
                    ? $"'{problem.Kind}' is no kind of problem that can be repaired."
                    : $"'{problem.FullName}' is nothing of '{problem.RepoId}' in the cache '{_options.CachePath}'.",
                problem.FullName,
                "Pipe in what Test-HubCache emits, or name a repo with -RepoId and let it be checked.");
        }
    }

    private RepoPaths FolderOf(CacheProblem problem)
    {
        return Enum.TryParse(problem.RepoType, ignoreCase: true, out RepoType type) && Enum.IsDefined(type)
            ? new RepoPaths(_options.CachePath, type, RepoId.Parse(problem.RepoId))
            : throw new HubCacheException(
                HubErrorCode.InvalidOption,
                $"'{problem.RepoType}' is no type of a repo.",
                problem.RepoType,
                "Pipe in what Test-HubCache emits.");
    }

    private static RepairedItem Item(CacheProblem problem, Outcome outcome) => new()
    {
        Kind = problem.Kind,
        RepoId = problem.RepoId,
        RepoType = problem.RepoType,
        Revision = problem.Revision,
        FileName = problem.FileName,
        FullName = problem.FullName,
        Action = outcome.Action,
        Result = outcome.Result,
        Detail = outcome.Detail,
        BytesDownloaded = outcome.Bytes,
        CachePath = problem.CachePath,
    };
}
