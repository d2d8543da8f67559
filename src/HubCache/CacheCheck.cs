using HubCache.Maintenance.Checking;
using HubCache.Model;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache;

/// <summary>
/// Checks a cache against itself, without the network and without writing: its structure, and every blob's bytes against its name.
/// </summary>
public sealed class CacheCheck
{
    private readonly Disk _disk;
    private readonly RepoFolders _folders;
    private readonly Func<string, RepoType, bool> _filter;

    /// <summary>Prepares a check.</summary>
    /// <param name="cachePath">The cache.</param>
    /// <param name="filter">Which repos, by id and type.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: the cache path is no folder;
    /// <see cref="HubErrorCode.CacheReadFailed"/>: it cannot be looked at.</exception>
    public CacheCheck(string cachePath, Func<string, RepoType, bool> filter)
        : this(cachePath, filter, Disk.OfThisSystem)
    {
    }

    internal CacheCheck(string cachePath, Func<string, RepoType, bool> filter, Disk disk)
    {
        (_disk, _filter) = (disk, filter);
        _folders = new RepoFolders(disk, cachePath);
    }

    /// <summary>Only what belongs to this revision; null for all.</summary>
    public Revision? Revision { get; init; }

    /// <summary>Whether to leave the bytes alone: structure and lengths only.</summary>
    public bool Quick { get; init; }

    /// <summary>Whether things in the cache that belong to no repo are told of too.</summary>
    public bool LooksBesideRepos { get; init; }

    /// <summary>
    /// Whether a snapshot that lacks files of its commit is faulty, and one of which no listing says what it should have.
    /// </summary>
    public bool Complete { get; init; }

    /// <summary>The files that the one repo has to have; null to go by what is there.</summary>
    public LockedRepo? Locked { get; init; }

    /// <summary>Whether the cache is there at all.</summary>
    public bool HasCache => _folders.Exists;

    /// <summary>How many repos the cache has that the filter lets through, with the revision or without.</summary>
    public int MatchCount { get; private set; }

    /// <summary>
    /// Takes what is no problem and still worth knowing, a sentence each: names that another system could not have. Null when nobody asks.
    /// </summary>
    public Action<string>? Note { get; init; }

    /// <summary>How many repos were looked at that the cache has, and that have the revision.</summary>
    public int RepoCount => Amount.Repos;

    /// <summary>How much was looked at.</summary>
    public CheckedAmount Amount { get; private set; }

    /// <summary>Checks. What can be seen is told first, repo by repo; then what the hashes show, in the order in which they end.</summary>
    /// <param name="found">Takes each problem; never two at once.</param>
    /// <param name="begin">Takes each file that will be hashed, before the first is.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheReadFailed"/>: the cache folder itself cannot be read.</exception>
    public async Task RunAsync(Action<CacheProblem> found, Action<FileProgress> begin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(begin);
        if (LooksBesideRepos)
        {
            FindForeign(found);
            FindLocks(found);
        }

        var jobs = new List<(HashJob Job, FileProgress Progress, Action<Finding> Answer)>();
        foreach (RepoPaths folder in _folders.Passing(_filter))
        {
            cancellationToken.ThrowIfCancellationRequested();
            MatchCount++;
            if (new RepoCheck(_disk, folder, Revision, Quick, cancellationToken) { Complete = Complete, Locked = Locked }.Run()
                is not RepoReport report)
            {
                continue;
            }

            Amount = new CheckedAmount(
                Amount.Repos + 1,
                Amount.Files + report.FileCount,
                Amount.Hashed + report.Jobs.Count,
                Amount.Bytes + report.Jobs.Sum(job => job.Facts.Length));
            foreach (string note in Note is null ? [] : report.Notes)
            {
                Note!(note);
            }

            foreach (CacheProblem problem in report.Problems)
            {
                found(problem);
            }

            jobs.AddRange(report.Jobs.Select(job => (
                job, new FileProgress(
                    job.IfWrong.FileName ?? Path.GetFileName(job.Path),
                    job.Facts.Length), (Action<Finding>)(finding => found(report.View.Of(finding))))));
        }

        jobs.Sort((one, other) => other.Job.Facts.Length.CompareTo(one.Job.Facts.Length));
        jobs.ForEach(job => begin(job.Progress));
        await new BlobHashing(_disk).RunAsync(jobs, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What lies in the cache folder and is no repo's: harmless, and other clients may warn of it.</summary>
    private void FindForeign(Action<CacheProblem> found)
    {
        string[] known = [".locks", "CACHEDIR.TAG", "blobs", "version.txt", "version_diffusers_cache.txt"];
        foreach (string name in _folders.Names().Where(name => _folders.Named(name) is null
            && !known.Contains(name)
            && !RepoPlaces.IsDesktopFile(name)
            && !name.StartsWith(".nfs", StringComparison.Ordinal)))
        {
            found(OfNoRepo(
                ProblemKind.ForeignFile,
                ProblemSeverity.Information,
                Path.Combine(_folders.CachePath, name),
                $"'{name}' is no repo's: other clients may warn of it.",
                isRepairable: false));
        }
    }

    /// <summary>
    /// The folder of all locks: who may not write in it cannot fetch a repo that is new, with the clients that need locks.
    /// </summary>
    private void FindLocks(Action<CacheProblem> found)
    {
        string path = LocksFolder.Of(_folders.CachePath);
        string name = Path.GetFileName(path);
        if (LocksFolder.LackingMode(_disk, _folders.CachePath) is (FileFacts facts, int wanted))
        {
            found(OfNoRepo(
                ProblemKind.WrongPermission,
                Permissions.Severity(facts, wanted),
                path,
                $"'{name}' {Permissions.Fault(facts, wanted)}.",
                _disk.MayChangeMode(facts)));
        }
        else if (LocksFolder.IsBlocked(_disk, _folders.CachePath))
        {
            found(OfNoRepo(
                ProblemKind.NotAFolder, ProblemSeverity.Error, path, $"'{name}' is no folder, where one should be.", isRepairable: true));
        }
    }

    private CacheProblem OfNoRepo(ProblemKind kind, ProblemSeverity severity, string path, string detail, bool isRepairable) => new()
    {
        Kind = kind.ToString(),
        Severity = severity.ToString(),
        RepoId = string.Empty,
        RepoType = string.Empty,
        Revision = null,
        FileName = null,
        FullName = path,
        Detail = detail,
        Repairable = isRepairable,
        CachePath = _folders.CachePath,
    };
}
