using System.Diagnostics;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Removing;

/// <summary>
/// What of a repo is in use while something of it is removed: by downloads of HubCache, as their marks say, and by those of others, as
/// their temps show.
/// </summary>
internal sealed class RepoUses : IDisposable
{
    private readonly RepoMarks _marks;
    private readonly RepoMark _mark;
    private readonly HashSet<string> _wanted;
    private readonly bool _isBeingFilled;
    private readonly IReadOnlyList<RepoUse> _first;
    private IReadOnlyList<RepoUse> _last = [];
    private DateTime _now;
    private long _readAt;

    /// <summary>Begins: from now on downloads of HubCache wait, or are seen.</summary>
    /// <exception cref="DiskException">The mark cannot be made, and nothing may be removed without it.</exception>
    public RepoUses(Disk disk, RepoPaths folder, IReadOnlyList<IncompleteFile> incomplete)
    {
        _marks = new RepoMarks(disk, folder);
        _mark = RepoMark.ForRemoval(disk, folder);
        IncompleteFile[] alive = [.. incomplete.Where(file => file.State != nameof(IncompleteState.Dead))];
        _wanted = alive.Select(file => file.ETag).OfType<string>().ToHashSet(StringComparer.Ordinal);
        _now = _mark.Touch();
        try
        {
            // A download that ends while the removal waits has returned a path just now: it began before the mark, and does not wait.
            _first = _marks.Uses(_now);
        }
        catch
        {
            _mark.Dispose();
            throw;
        }

        _isBeingFilled =
            alive.Any(
                file => file.State == nameof(IncompleteState.Live) || _now - file.LastModified.ToUniversalTime() < ProtocolTimes.Filling);
    }

    private IEnumerable<RepoUse> Uses => _first.Concat(_last);

    /// <summary>Why a revision has to stay; null when it can go.</summary>
    public string? Objection(SnapshotInventory snapshot, bool isDetached)
    {
        return Uses.Any(use => use.Commit == snapshot.Commit) ? "A download works on it or has just returned it."
            : isDetached && _isBeingFilled && _now - LastChange(snapshot) < ProtocolTimes.Filling
                ? "It has no ref yet, and a download is under way in its repo."
            : null;
    }

    /// <summary>Whether a blob that nothing refers to may be about to get a name.</summary>
    public bool MayBeLinked(BlobEntry orphan) => _isBeingFilled && _now - orphan.Own.Modified < ProtocolTimes.Filling;

    /// <summary>Whether a commit is in use by a download of HubCache.</summary>
    public bool Has(CommitHash commit) => Uses.Any(use => use.Commit == commit);

    /// <summary>Whether a download needs a blob, or may.</summary>
    public bool Need(string etag) => _wanted.Contains(etag) || Uses.Any(use => use.ETags is null || use.ETags.Contains(etag));

    /// <summary>Reads the marks. From now on every download that is not seen waits.</summary>
    public void Read()
    {
        _readAt = Stopwatch.GetTimestamp();
        _now = _mark.Touch();
        _last = _marks.Uses(_now);
    }

    /// <summary>Before each removal: who was held up for long may have been given up by a download.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheWriteFailed"/>: so it was.</exception>
    public void Check()
    {
        if (Stopwatch.GetElapsedTime(_readAt) < ProtocolTimes.LongestUnseen)
        {
            return;
        }

        int before = _last.Count;
        Read();
        if (_last.Count > before)
        {
            throw new HubCacheException(
                HubErrorCode.CacheWriteFailed,
                "The removal was held up, and a download has begun meanwhile. Nothing that is left refers to something gone.",
                _mark.Path,
                "Run it again when the download is done.");
        }
    }

    public void Dispose() => _mark.Dispose();

    private static DateTime LastChange(SnapshotInventory snapshot)
        => snapshot.Entries.Select(entry => entry.Own.Modified).Append(snapshot.Own.Modified).Max();
}
