using System.Diagnostics;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Download;

/// <summary>
/// Looks, just before a small file is asked for, whether another process fetches it: by the blob, by the lock and by temps. Nobody settles
/// anything for it; when locks do nothing and two look at the same moment, the file is fetched twice.
/// </summary>
internal sealed class SmallFileTurn(Disk disk, RepoPaths folder, ETag etag, long length, Contenders rivals) : IDisposable
{
    private readonly CacheLookup _lookup = new(disk, folder);
    private ClientLock? _lock;
    private long _refusedAt;

    /// <summary>Whether to fetch it now. If not, it is there, or another process fetches it.</summary>
    /// <param name="seenAt">When a rival last showed itself, by the file system's clock; the beginning of time when there is none.</param>
    public bool IsOurs(out DateTime seenAt)
    {
        seenAt = default;
        if (_lookup.HasBlob(etag, length))
        {
            return false;
        }

        (_lock, LockAnswer answer) = ClientLock.Ask(disk, folder.LockFile(etag));
        IReadOnlyList<Contender> others = [.. rivals.OfOurs(own: null), .. rivals.OfOthers()];
        if (others.Count > 0)
        {
            seenAt = others.Max(rival => rival.Modified);
        }

        if (others.Count == 0 && (answer != LockAnswer.Refused || IsOverdue()))
        {
            // The holder of the lock may have published between the two looks.
            return !_lookup.HasBlob(etag, length);
        }

        Dispose();
        return false;
    }

    /// <summary>Lets go of the lock; it may be asked for again.</summary>
    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
    }

    private bool IsOverdue()
    {
        _refusedAt = _refusedAt == 0 ? Stopwatch.GetTimestamp() : _refusedAt;
        return Stopwatch.GetElapsedTime(_refusedAt) >= ProtocolTimes.LockHolderPatience;
    }
}
