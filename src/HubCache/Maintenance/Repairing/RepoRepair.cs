using HubCache.Maintenance.Checking;
using HubCache.Model;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Maintenance.Repairing;

/// <summary>Repairs the problems of one repo, in an order in which what comes later can rely on what came before.</summary>
internal sealed class RepoRepair(RepairContext means)
{
    private static readonly ProblemKind[] OfFiles =
    [
        ProblemKind.CorruptBlob,
        ProblemKind.WrongSize,
        ProblemKind.BrokenBlob,
        ProblemKind.DanglingLink,
        ProblemKind.WrongLink,
        ProblemKind.LinkOutside,
        ProblemKind.AbsoluteLink,
        ProblemKind.OddLink, ProblemKind.WrongCopy, ProblemKind.NotAFile, ProblemKind.MissingLink, ProblemKind.MissingFile,
    ];

    private static readonly ProblemKind[] OfRefs = [ProblemKind.BadRef, ProblemKind.UntidyRef, ProblemKind.DanglingRef];

    private readonly SmallRepairs _small = new(means);

    /// <summary>Repairs, and says of each problem what became of it.</summary>
    public async Task RunAsync(
        IReadOnlyList<CacheProblem> problems, Action<CacheProblem, Outcome> done, CancellationToken cancellationToken)
    {
        await EachAsync(problems, [ProblemKind.WrongPermission], path => _small.SetMode(path), done, cancellationToken).ConfigureAwait(
            false);
        await EachAsync(
            problems,
            [ProblemKind.NotAFolder, ProblemKind.MissingFolder],
            path => _small.MakeFolders(path),
            done,
            cancellationToken).ConfigureAwait(false);
        problems = await MendListingsAsync(problems, done, cancellationToken).ConfigureAwait(false);
        await EachAsync(problems, [ProblemKind.ForeignFile], path => _small.SetAside(path), done, cancellationToken).ConfigureAwait(false);
        await EachAsync(problems, [ProblemKind.Leftover], path => _small.RemoveLeftover(path), done, cancellationToken).ConfigureAwait(
            false);
        await EachAsync(problems, [ProblemKind.BadNoExist], path => _small.RemoveMark(path), done, cancellationToken).ConfigureAwait(false);
        foreach (CacheProblem problem in problems.Where(problem =>
            KindOf(problem) is ProblemKind.Unreadable or ProblemKind.UnknownTree or ProblemKind.MissingTree or ProblemKind.BlobOutside))
        {
            done(problem, Outcome.Skipped(KindOf(problem) switch
            {
                ProblemKind.Unreadable => "What cannot be read cannot be judged: mend the disk or the permissions first.",
                ProblemKind.MissingTree => "Save-HubFile without a file name fetches the listing and every file that is missing.",
                _ => "It is left as it is: nothing is wrong with the files.",
            }));
        }

        if (means.Hub is null)
        {
            // Refs, then links, then blobs: a kill in between leaves no ref or link to something gone.
            await MendRefsAsync(problems, done, cancellationToken).ConfigureAwait(false);
        }

        await RepairFilesAsync([.. Of(problems, OfFiles)], done, cancellationToken).ConfigureAwait(false);
        if (means.Hub is not null)
        {
            // Last: a snapshot that just came back is one that a ref may stand for.
            await MendRefsAsync(problems, done, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The kind of a problem; null for one that this version does not know.</summary>
    public static ProblemKind? KindOf(CacheProblem problem)
        => Enum.TryParse(problem.Kind, out ProblemKind kind) && Enum.IsDefined(kind) ? kind : null;

    private async Task RepairFilesAsync(
        IReadOnlyList<CacheProblem> problems, Action<CacheProblem, Outcome> done, CancellationToken cancellationToken)
    {
        if (problems.Count == 0)
        {
            return;
        }

        var files = new FileRepair(means, NamesOfBlobs.Read(means.Disk, means.Folder, cancellationToken));
        foreach (CacheProblem problem in problems
            .OrderBy(problem => IsOfBlob(problem) ? means.Hub is null : means.Hub is not null)
            .ThenBy(problem => problem.FullName, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool isToBeFetched = false;
            Outcome outcome = await TryAsync(problem, async () =>
            {
                Outcome? begun = await files.BeginAsync(problem, KindOf(problem)!.Value, cancellationToken).ConfigureAwait(false);
                isToBeFetched = begun is null;
                return begun ?? Outcome.Skipped(string.Empty);
            }).ConfigureAwait(false);
            if (!isToBeFetched)
            {
                done(problem, outcome);
            }
        }

        await files.FinishAsync(done, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsOfBlob(CacheProblem problem)
        => KindOf(problem) is ProblemKind.CorruptBlob or ProblemKind.WrongSize or ProblemKind.BrokenBlob;

    /// <summary>
    /// Sets the listings right that are wrong, and says what is wrong with their commits then: more than could be seen before, or less.
    /// </summary>
    private async Task<IReadOnlyList<CacheProblem>> MendListingsAsync(
        IReadOnlyList<CacheProblem> problems, Action<CacheProblem, Outcome> done, CancellationToken cancellationToken)
    {
        HashSet<string> renewed = [];
        foreach (CacheProblem problem in Of(problems, [ProblemKind.BadTree]))
        {
            Outcome outcome =
                await TryAsync(problem, () => _small.RenewTreeAsync(problem.FullName, cancellationToken)).ConfigureAwait(false);
            if (outcome.Action == "ListingFetched")
            {
                renewed.Add(RepoPlaces.CommitOfTree(means.Folder, problem.FullName)!.Value);
            }

            done(problem, outcome);
        }

        if (means.Questions is null)
        {
            return problems;
        }

        var proof = new ListingProof(means);
        (IReadOnlyList<CommitHash> wrong, IReadOnlyDictionary<string, HubCacheException> unproven) = await proof.RunAsync(
            problems.Where(problem => proof.CommitOf(problem) is CommitHash commit && !renewed.Contains(commit.Value)),
            cancellationToken).ConfigureAwait(false);
        renewed.UnionWith(wrong.Select(commit => commit.Value));
        foreach (CacheProblem problem in Of(problems, [ProblemKind.ForeignFile])
            .Where(problem => proof.CommitOf(problem) is CommitHash commit && unproven.ContainsKey(commit.Value))
            .ToList())
        {
            done(problem, Outcome.Failed(unproven[proof.CommitOf(problem)!.Value]));
            problems = [.. problems.Where(other => other != problem)];
        }

        return renewed.Count == 0 ? problems : SeenAnew(problems, renewed, proof, done, cancellationToken);
    }

    private IReadOnlyList<CacheProblem> SeenAnew(
        IReadOnlyList<CacheProblem> known,
        HashSet<string> commits,
        ListingProof proof,
        Action<CacheProblem, Outcome> done,
        CancellationToken cancellationToken)
    {
        if (new RepoCheck(means.Disk, means.Folder, revision: null, quick: true, cancellationToken).Run() is not RepoReport report)
        {
            return known;
        }

        List<CacheProblem> now = [.. report.Problems.Where(problem => KindOf(problem)
            is ProblemKind kind && kind != ProblemKind.MissingFile && (OfFiles.Contains(kind) || kind == ProblemKind.ForeignFile)
            && RepoPlaces.FileAt(means.Folder, problem.FullName) is (CommitHash commit, not null) && commits.Contains(commit.Value))];
        var here = now.Select(problem => problem.FullName).ToHashSet(StringComparer.Ordinal);
        List<CacheProblem> all = now;
        foreach (CacheProblem problem in known.Where(problem => !here.Contains(problem.FullName)))
        {
            // A copy's bytes were not looked at this time.
            if (KindOf(problem) != ProblemKind.WrongCopy && proof.CommitOf(problem) is CommitHash commit && commits.Contains(commit.Value))
            {
                done(problem, Outcome.Skipped("The listing of its commit was wrong, and was asked for again: nothing is wrong with this."));
            }
            else
            {
                all.Add(problem);
            }
        }

        return all;
    }

    private async Task MendRefsAsync(
        IReadOnlyList<CacheProblem> problems, Action<CacheProblem, Outcome> done, CancellationToken cancellationToken)
    {
        // A folder goes after what is in it.
        foreach (CacheProblem problem in Of(problems, OfRefs).OrderByDescending(problem => problem.FullName.Length))
        {
            done(problem, await TryAsync(problem, () =>
                _small.MendRefAsync(problem.FullName, KindOf(problem) == ProblemKind.UntidyRef, cancellationToken)).ConfigureAwait(false));
        }
    }

    private async Task EachAsync(
        IReadOnlyList<CacheProblem> problems,
        ProblemKind[] kinds,
        Func<string, Outcome> repair,
        Action<CacheProblem, Outcome> done,
        CancellationToken cancellationToken)
    {
        // What is above comes first: a folder that may not be entered hides what is in it.
        foreach (CacheProblem problem in Of(problems, kinds).OrderBy(problem => problem.FullName.Length))
        {
            cancellationToken.ThrowIfCancellationRequested();
            done(problem, await TryAsync(problem, () => Task.FromResult(repair(problem.FullName))).ConfigureAwait(false));
        }
    }

    private static IEnumerable<CacheProblem> Of(IReadOnlyList<CacheProblem> problems, ProblemKind[] kinds)
        => problems.Where(problem => KindOf(problem) is ProblemKind kind && kinds.Contains(kind));

    /// <summary>Does one problem's part, if it lies where a repair may write; its failure is its own.</summary>
    private async Task<Outcome> TryAsync(CacheProblem problem, Func<Task<Outcome>> repair)
    {
        try
        {
            string locks = means.Folder.Locks;
            bool isLock = problem.FullName == locks ? KindOf(problem) is ProblemKind.WrongPermission or ProblemKind.NotAFolder
                : RepoPaths.LiesIn(problem.FullName, locks) && KindOf(problem) is ProblemKind.WrongPermission or ProblemKind.Leftover;
            means.Disk.Reach(Path.GetDirectoryName(problem.FullName)!);
            return isLock
                || problem.FullName == means.Folder.FullName
                || new PartialFileNames(means.Disk, means.Folder).IsReachedWithoutLinks(problem.FullName)
                ? await repair().ConfigureAwait(false)
                : Outcome.Skipped("It lies behind a link, which could lead anywhere, or behind something else that is no folder.");
        }
        catch (DiskException e)
        {
            return Outcome.Failed(DiskErrors.ToHubError(e));
        }
        catch (HubCacheException e)
        {
            return Outcome.Failed(e);
        }
    }
}
