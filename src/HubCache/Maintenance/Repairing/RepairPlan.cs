using HubCache.Model;

namespace HubCache.Maintenance.Repairing;

/// <summary>Says what a repair of one repo would do, without doing it.</summary>
internal sealed class RepairPlan(RepairContext means)
{
    public async Task<IReadOnlyList<RepairStep>> ForAsync(IReadOnlyList<CacheProblem> problems, CancellationToken cancellationToken)
    {
        var files = new FileRepair(means, NamesOfBlobs.Read(means.Disk, means.Folder, cancellationToken));
        List<(CacheProblem Problem, ProblemKind Kind, CommitFile? File, long? Length)> all = [];
        foreach (CacheProblem problem in problems)
        {
            ProblemKind kind = RepoRepair.KindOf(problem)!.Value;
            (CommitFile? file, long? length) = files.Foresee(problem, kind);
            all.Add((problem, kind, file, length));
        }

        Dictionary<CommitFile, long> asked = await AskAsync(
            [.. all.Where(each => each.File is not null && each.Length is null).Select(each => each.File!).Distinct()],
            cancellationToken).ConfigureAwait(false);

        // A blob with many names is fetched once.
        var counted = new HashSet<CommitFile>();
        return [.. all.Select(each => each.File is null ? new RepairStep(each.Problem, Action(each.Problem, each.Kind), 0)
            : new RepairStep(each.Problem, "Fetch again", counted.Add(each.File) ? each.Length ?? asked.GetValueOrDefault(each.File) : 0))];
    }

    private async Task<Dictionary<CommitFile, long>> AskAsync(IReadOnlyList<CommitFile> files, CancellationToken cancellationToken)
    {
        var lengths = new Dictionary<CommitFile, long>();
        foreach (IGrouping<CommitHash, CommitFile> ofCommit in files.GroupBy(file => file.Commit))
        {
            var request = new DownloadRequest
            {
                RepoId = means.Folder.Id,
                RepoType = means.Folder.Type,
                Revision = Revision.Of(ofCommit.Key),
                Commit = ofCommit.Key,
                Files = [.. ofCommit.Select(file => FileSelector.Of(file.Name))],
                Force = true,
            };
            foreach (FindOutcome outcome in await means.Hub!.FindAsync(request, means.Observer, cancellationToken).ConfigureAwait(false))
            {
                if (outcome.File is HubFile found)
                {
                    lengths[new CommitFile(ofCommit.Key, HubFileName.Parse(found.FileName))] = found.Length;
                }
            }
        }

        return lengths;
    }

    private string? Action(CacheProblem problem, ProblemKind kind) => kind switch
    {
        _ when !problem.Repairable => null,
        ProblemKind.MissingFile => null,
        ProblemKind.CorruptBlob or ProblemKind.WrongSize or ProblemKind.BrokenBlob => "Remove its names and set it aside",
        ProblemKind.DanglingLink or ProblemKind.LinkOutside or ProblemKind.WrongLink or ProblemKind.WrongCopy when means.Hub is null
            => "Lead to the right blob, or remove",
        ProblemKind.NotAFile or ProblemKind.ForeignFile => "Set aside",
        ProblemKind.UntidyRef => "Write the ref anew",
        ProblemKind.BadRef or ProblemKind.DanglingRef => means.Hub is null ? "Remove the ref" : "Set the ref as on the Hub, or remove it",
        ProblemKind.BadTree => means.Hub is null ? "Remove the listing" : "Ask for the listing again",
        ProblemKind.BadNoExist => "Remove the mark",
        ProblemKind.Leftover => "Remove the leftover",
        _ => SmallAction(kind) ?? "Lead to the right blob",
    };

    /// <summary>What would be done about a folder or a mode, of a repo or not; null for all else.</summary>
    public static string? SmallAction(ProblemKind kind) => kind switch
    {
        ProblemKind.NotAFolder or ProblemKind.MissingFolder => "Make the folder",
        ProblemKind.WrongPermission => "Set the mode",
        _ => null,
    };
}
