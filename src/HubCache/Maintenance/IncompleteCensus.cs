using System.Diagnostics;
using HubCache.Maintenance;
using HubCache.Maintenance.Removing;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache;

/// <summary>Finds incomplete files, tells whose they are, and removes the dead ones.</summary>
public sealed class IncompleteCensus
{
    private readonly Disk _disk;
    private readonly Disk _bounded;
    private readonly RepoFolders _folders;
    private readonly Liveness _liveness;
    private readonly TimeSpan _minimumAge;
    private readonly Dictionary<string, (DateTime Now, long At)> _clocks = new(StringComparer.Ordinal);

    /// <summary>Begins a census of a cache.</summary>
    /// <param name="cachePath">The cache.</param>
    /// <param name="minimumAge">Files whose owner cannot be asked are not dead before they are this old; null for 24 hours.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: the cache path is no folder, or the age is
    /// negative.</exception>
    public IncompleteCensus(string cachePath, TimeSpan? minimumAge)
        : this(cachePath, minimumAge, Disk.OfThisSystem, betweenLooks: null)
    {
    }

    internal IncompleteCensus(string cachePath, TimeSpan? minimumAge, Disk disk, TimeSpan? betweenLooks)
    {
        (_disk, _bounded) = (disk, disk.Within(CacheBoundary.ForCare(cachePath)));
        _folders = new RepoFolders(disk, cachePath);
        _liveness = new Liveness(disk, betweenLooks);
        _minimumAge = minimumAge ?? ProtocolTimes.MinimumAge;
        if (_minimumAge < TimeSpan.Zero)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                "A minimum age cannot be negative: files from the future would count as old.",
                _minimumAge,
                "Give an age such as one day.");
        }
    }

    /// <summary>Hears of each repo that <see cref="Find"/> cannot read whole: it may have more incomplete files than are found.</summary>
    public Action<HubCacheException>? OnUnreadable { get; init; }

    /// <summary>The incomplete files of the repos that the filter lets through, each looked at once.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheReadFailed"/>: the cache folder itself cannot be read.</exception>
    public IReadOnlyList<IncompleteFile> Find(Func<string, RepoType, bool> filter, CancellationToken cancellationToken)
    {
        return [.. _folders.Passing(filter).SelectMany(folder => FindAndTell(folder, cancellationToken))];
    }

    private IReadOnlyList<IncompleteFile> FindAndTell(RepoPaths folder, CancellationToken cancellationToken)
    {
        DiskException? unread = null;
        var leftovers = new PartialFileNames(_disk, folder) { OnUnreadable = e => unread ??= e };
        IReadOnlyList<IncompleteFile> found = FindIn(leftovers, folder, cancellationToken);
        if (unread is not null)
        {
            OnUnreadable?.Invoke(RemovalPlanner.Unreadable(folder, unread));
        }

        return found;
    }

    /// <summary>Those of one repo.</summary>
    /// <exception cref="DiskException">One of its folders cannot be read: then nobody knows what is being brought into it.</exception>
    internal IReadOnlyList<IncompleteFile> FindIn(RepoPaths folder, CancellationToken cancellationToken)
        => FindIn(new PartialFileNames(_disk, folder) { FailsOnUnreadable = true }, folder, cancellationToken);

    private IReadOnlyList<IncompleteFile> FindIn(PartialFileNames leftovers, RepoPaths folder, CancellationToken cancellationToken)
        => [.. leftovers
            .All(cancellationToken)
            .Select(leftover => IncompleteView.Of(folder, leftover.Path, leftover.Facts, Judge(folder, leftover.Path, leftover.Facts)))];

    /// <summary>
    /// Looks a second time, a minute after the first, at the files that only age can judge. Returns all files with the new verdicts.
    /// Returns at once when there are none.
    /// </summary>
    public async Task<IReadOnlyList<IncompleteFile>> LookAgainAsync(
        IReadOnlyList<IncompleteFile> files, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        var candidates = files
            .Where(file => file.State == nameof(IncompleteState.Unknown) && _liveness.UntilSecondLook(file.FullName) is not null)
            .ToHashSet();
        while (candidates.Max(file => _liveness.UntilSecondLook(file.FullName)) is TimeSpan wait && wait > TimeSpan.Zero)
        {
            // A delay counts whole milliseconds and drops the rest.
            await Task.Delay(wait + TimeSpan.FromMilliseconds(1), cancellationToken).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return [.. files.Select(file => candidates.Contains(file) ? LookAgain(file) : file)];
    }

    /// <summary>Removes one file if it is dead or force is given, after a last look; says what became of it.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheWriteFailed"/>: it could not be removed;
    /// <see cref="HubErrorCode.LinkedFolder"/>: it lies behind a link;
    /// <see cref="HubErrorCode.InvalidOption"/>: its name or place is no incomplete file's of this cache.</exception>
    public RemovedItem Remove(IncompleteFile file, bool force)
    {
        ArgumentNullException.ThrowIfNull(file);
        (RepoPaths folder, string path) = Locate(file);
        try
        {
            return Remove(file, folder, path, force);
        }
        catch (DiskException e) when (e.Error == DiskError.LinkedFolder)
        {
            throw DiskErrors.ToHubError(e);
        }
        catch (DiskException e)
        {
            throw new HubCacheException(
                HubErrorCode.CacheWriteFailed,
                $"The incomplete file '{path}' could not be removed: {e.Message}",
                path,
                "Check that you may write in its folder and that the file system is not read-only, or let its owner remove it.",
                e);
        }
    }

    private RemovedItem Remove(IncompleteFile file, RepoPaths folder, string path, bool force)
    {
        const string Gone = "It was gone already.";
        if (_disk.Look(path) is null)
        {
            return Removed(folder, path, 0, Gone);
        }

        _bounded.Reach(Path.GetDirectoryName(path)!);
        var leftovers = new PartialFileNames(_bounded, folder);
        if (!leftovers.IsReachedWithoutLinks(path) || leftovers.At(path) is not FileFacts facts)
        {
            return Kept(folder, path, "It is a link, a folder or a ref now, lies behind a link, or cannot be read.");
        }

        Verdict verdict = Judge(folder, path, facts);
        bool changed = facts.Length != file.Length || facts.Modified.ToLocalTime() != file.LastModified;
        string? objection = verdict.IsDead && changed ? "It changed after it was looked at." : verdict.IsDead ? null : verdict.Reason;
        if (objection is not null && !force)
        {
            return Kept(folder, path, objection);
        }

        return _bounded.Delete(path)
            ? Removed(folder, path, facts.Length, objection is null ? verdict.Reason : $"Removed by force. {objection}")
            : Removed(folder, path, 0, Gone);
    }

    private IncompleteFile LookAgain(IncompleteFile file)
    {
        (RepoPaths folder, string path) = Locate(file);
        return new PartialFileNames(_disk, folder).At(path) is FileFacts facts
            ? IncompleteView.Of(folder, path, facts, Judge(folder, path, facts))
            : IncompleteView.Gone(file);
    }

    private Verdict Judge(RepoPaths folder, string path, FileFacts facts)
    {
        // Most need no clock, and reading it writes a probe.
        return Liveness.JudgeAtOnce(path) ?? _liveness.Judge(path, facts, _minimumAge, Now(folder));
    }

    /// <summary>Now by the clock of the repo's file system, which is asked once and counted on from there.</summary>
    private DateTime Now(RepoPaths folder)
    {
        if (!_clocks.TryGetValue(folder.FullName, out (DateTime Now, long At) clock))
        {
            clock = (FileSystemClock.Now(_bounded, folder.Blobs), Stopwatch.GetTimestamp());
            _clocks.Add(folder.FullName, clock);
        }

        return clock.Now + Stopwatch.GetElapsedTime(clock.At);
    }

    /// <summary>
    /// Finds the place that a file from a caller names. Anything but an incomplete file's place and name is refused: it would be deleted.
    /// </summary>
    private (RepoPaths Folder, string Path) Locate(IncompleteFile file)
    {
        string name = file.FullName;
        if (!string.IsNullOrEmpty(name) && !name.Contains('\0', StringComparison.Ordinal) && Path.IsPathFullyQualified(name))
        {
            string path = Path.GetFullPath(name);
            string first = Path.GetRelativePath(_folders.CachePath, path).Split(Path.DirectorySeparatorChar)[0];
            if (_folders.Named(first) is RepoPaths folder
                && RepoPaths.LiesIn(path, folder.FullName)
                && new PartialFileNames(_disk, folder).MayBeAt(path))
            {
                return (folder, path);
            }
        }

        throw new HubCacheException(
            HubErrorCode.InvalidOption,
            $"'{name}' is no incomplete file of the cache '{_folders.CachePath}'.",
            name ?? string.Empty,
            "Give a file that Get-HubIncomplete found in this cache.");
    }

    private static RemovedItem Removed(RepoPaths folder, string path, long bytesFreed, string reason)
        => Item("IncompleteFile", folder, path, bytesFreed, reason);

    private static RemovedItem Kept(RepoPaths folder, string path, string reason) => Item("Kept", folder, path, 0, reason);

    private static RemovedItem Item(string kind, RepoPaths folder, string path, long bytesFreed, string reason)
    {
        return new RemovedItem
        {
            Kind = kind,
            RepoId = folder.Id.Value,
            RepoType = folder.Type.ToString(),
            Revision = null,
            FullName = path,
            BytesFreed = bytesFreed,
            Reason = reason,
        };
    }
}
