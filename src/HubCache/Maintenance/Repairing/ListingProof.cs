using HubCache.Maintenance.Checking;
using HubCache.Model;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Repairing;

/// <summary>Asks the Hub whether a listing is right, before anything is taken away or led elsewhere because the listing says so.</summary>
/// <remarks>
/// A listing is not hashed by anybody. One that was spoilt so that it can still be read, or that is another commit's, would have a repair
/// take whole snapshots apart.
/// </remarks>
internal sealed class ListingProof(RepairContext means)
{
    private static readonly ProblemKind[] ByListing =
        [ProblemKind.ForeignFile, ProblemKind.WrongLink, ProblemKind.WrongCopy, ProblemKind.NotAFile, ProblemKind.MissingLink];

    /// <summary>Renews the listings that a problem rests on and that are not the Hub's.</summary>
    /// <param name="problems">What is wrong, as far as is known.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The commits whose listing was wrong; and why the Hub could not be asked about others, by commit.</returns>
    public async Task<(IReadOnlyList<CommitHash> Renewed, IReadOnlyDictionary<string, HubCacheException> Unproven)> RunAsync(
        IEnumerable<CacheProblem> problems, CancellationToken cancellationToken)
    {
        List<CommitHash> renewed = [];
        var unproven = new Dictionary<string, HubCacheException>(StringComparer.Ordinal);
        foreach (CommitHash commit in problems.Select(CommitOf).OfType<CommitHash>().Distinct())
        {
            var file = new TreeFile(means.Disk, means.Folder, commit);
            IReadOnlyList<TreeEntry>? known;
            try
            {
                known = file.Read();
            }
            catch (DiskException e)
            {
                unproven.Add(commit.Value, DiskErrors.Unreadable(e));
                continue;
            }

            if (known is null)
            {
                continue;
            }

            if (unproven.Count > 0)
            {
                // A Hub that did not answer for one commit will not answer for the next, and asking takes long.
                unproven.Add(commit.Value, unproven.Values.First());
                continue;
            }

            try
            {
                if (await means.Questions!.TreeOfAsync(means.Folder, commit, cancellationToken).ConfigureAwait(false)
                    is IReadOnlyList<TreeEntry> right && !IsSame(known, right))
                {
                    file.Write(right);
                    renewed.Add(commit);
                }
            }
            catch (HubCacheException e) when (e.Code is not HubErrorCode.RepoNotFound)
            {
                unproven.Add(commit.Value, e);
            }
        }

        return (renewed, unproven);
    }

    /// <summary>The commit whose listing a problem rests on; null when it rests on none.</summary>
    public CommitHash? CommitOf(CacheProblem problem)
    {
        return RepoRepair.KindOf(problem) is ProblemKind kind
            && ByListing.Contains(kind)
            && RepoPaths.LiesIn(problem.FullName, means.Folder.Snapshots)
            ? RepoPlaces.FileAt(means.Folder, problem.FullName) is (CommitHash commit, not null) ? commit : null
            : null;
    }

    private static bool IsSame(IReadOnlyList<TreeEntry> one, IReadOnlyList<TreeEntry> other)
        => one
            .Select(entry => (entry.Path, entry.ETag, entry.Length))
            .SequenceEqual(other.Select(entry => (entry.Path, entry.ETag, entry.Length)));
}
