using HubCache.Maintenance.Removing;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache;

/// <summary>
/// Removes repos, revisions and files from a cache: always refs, then links, then blobs, so that whatever ends it leaves nothing that
/// refers to something gone.
/// </summary>
/// <remarks>
/// What a download works on, or has returned within the last second, stays. So does what another client is bringing, as far as its temps
/// show.
/// </remarks>
public sealed class CacheRemover
{
    // Marks of so many repos at once: a download that meets one waits until its turn is over.
    private const int ReposAtOnce = 16;

    private readonly Disk _disk;
    private readonly RepoFolders _folders;
    private readonly TimeSpan _grace;

    /// <summary>Makes a remover for a cache.</summary>
    /// <param name="cachePath">The cache.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: the cache path is no folder.</exception>
    public CacheRemover(string cachePath)
        : this(cachePath, Disk.OfThisSystem, ProtocolTimes.RemovalGrace)
    {
    }

    internal CacheRemover(string cachePath, Disk disk, TimeSpan grace)
    {
        (_disk, _folders, _grace) = (disk.Within(CacheBoundary.ForCare(cachePath)), new RepoFolders(disk, cachePath), grace);
    }

    /// <summary>Says what a request would remove; writes nothing.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheReadFailed"/>: the cache folder itself cannot be read.</exception>
    public RemovalPlan Plan(RemovalRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            _disk.Reach(_folders.CachePath);
            return new RemovalPlanner(_disk, _folders, request, cancellationToken).Run();
        }
        catch (DiskException e)
        {
            throw e.Error == DiskError.LinkedFolder ? DiskErrors.ToHubError(e) : Unreadable(e);
        }
    }

    /// <summary>
    /// Does steps of a plan. Everything is looked at anew; what is in use by now stays. Takes a second at least, and a minute when there
    /// are incomplete files that only their age can judge.
    /// </summary>
    /// <param name="steps">The steps to do.</param>
    /// <param name="onRemoved">Hears what was removed and what stayed. From any thread.</param>
    /// <param name="onError">Hears why a repo could not be done, or not to its end; the next goes on. From any thread.</param>
    /// <param name="cancellationToken">Stops between two operations; whatever is done by then is done in the right order.</param>
    public async Task RemoveAsync(
        IReadOnlyList<RemovalStep> steps,
        Action<RemovedItem> onRemoved,
        Action<HubCacheException> onError,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(onRemoved);
        ArgumentNullException.ThrowIfNull(onError);
        IGrouping<string, RemovalStep>[] repos = [.. steps.GroupBy(step => step.Folder.FullName)];
        if (repos.Length == 0)
        {
            return;
        }

        var census = new IncompleteCensus(_folders.CachePath, null, _disk, null);
        var incomplete = new List<IncompleteFile>();
        repos = [.. repos.Where(repo => TryFind(census, repo.First().Folder, incomplete, onError, cancellationToken))];
        HashSet<string> whole = [.. repos.Where(repo => repo.Any(step => step.Kind == "Repo")).Select(repo => repo.Key)];
        IReadOnlyList<IncompleteFile> judged = await census
            .LookAgainAsync([.. incomplete.Where(file => whole.Contains(FolderOf(file)))], cancellationToken)
            .ConfigureAwait(false);
        ILookup<string, IncompleteFile> byRepo =
            judged.Concat(incomplete.Where(file => !whole.Contains(FolderOf(file)))).ToLookup(FolderOf);
        foreach (IGrouping<string, RemovalStep>[] some in repos.Chunk(ReposAtOnce))
        {
            await RemoveSomeAsync(some, census, byRepo, onRemoved, onError, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RemoveSomeAsync(
        IGrouping<string, RemovalStep>[] repos,
        IncompleteCensus census,
        ILookup<string, IncompleteFile> incomplete,
        Action<RemovedItem> onRemoved,
        Action<HubCacheException> onError,
        CancellationToken cancellationToken)
    {
        var removals = new List<RepoRemoval>();
        try
        {
            foreach (IGrouping<string, RemovalStep> repo in repos)
            {
                Attempt(
                    () => removals.Add(new RepoRemoval(_disk, [.. repo], census, [.. incomplete[repo.Key]], cancellationToken)),
                    repo.Key,
                    onError);
            }

            await Task.Delay(_grace, cancellationToken).ConfigureAwait(false);
            foreach (RepoRemoval removal in removals)
            {
                Attempt(() => removal.Run(onRemoved), removal.Folder.FullName, onError);
                removal.Dispose();
            }
        }
        finally
        {
            removals.ForEach(removal => removal.Dispose());
        }
    }

    private static void Attempt(Action action, string repo, Action<HubCacheException> onError)
    {
        try
        {
            action();
        }
        catch (HubCacheException e)
        {
            onError(e);
        }
        catch (DiskException e) when (e.Error == DiskError.LinkedFolder)
        {
            onError(DiskErrors.ToHubError(e));
        }
        catch (DiskException e)
        {
            onError(new HubCacheException(
                HubErrorCode.CacheWriteFailed,
                $"'{repo}' could not be removed to the end: {e.Message}. Nothing that is left refers to something gone.",
                e.Path,
                "Check that you may write in its folders and that the file system is not read-only, and run it again: it goes on "
                    + "where it stopped.",
                e));
        }
    }

    private string FolderOf(IncompleteFile file)
        => Path.Combine(_folders.CachePath, Path.GetRelativePath(_folders.CachePath, file.FullName).Split(Path.DirectorySeparatorChar)[0]);

    /// <summary>Finds what others may be bringing into a repo; where that cannot be read, nothing of the repo is removed.</summary>
    private bool TryFind(
        IncompleteCensus census,
        RepoPaths folder,
        List<IncompleteFile> found,
        Action<HubCacheException> onError,
        CancellationToken cancellationToken)
    {
        try
        {
            // Of a repo that is a link the link alone can go: what is brought into the place where it leads is not for here.
            found.AddRange(_disk.Look(folder.FullName) is { Kind: FileKind.Folder } ? census.FindIn(folder, cancellationToken) : []);
            return true;
        }
        catch (DiskException e)
        {
            onError(RemovalPlanner.Unreadable(folder, e));
            return false;
        }
    }

    private HubCacheException Unreadable(DiskException e) => new(
        HubErrorCode.CacheReadFailed,
        $"The cache '{_folders.CachePath}' cannot be read: {e.Message}",
        _folders.CachePath,
        "Check that you may read all of it, and try again.",
        e);
}
