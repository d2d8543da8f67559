using System.Diagnostics;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Blobs;

/// <summary>Waits for a blob that another process fetches.</summary>
internal sealed class BlobWatch(Disk disk, RepoPaths folder, ETag etag, long length, Contenders rivals)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly CacheLookup _lookup = new(disk, folder);
    private readonly Dictionary<string, (Contender Seen, long ChangedAt)> _seen = new(StringComparer.Ordinal);

    /// <summary>
    /// Waits without limit while another process makes progress. Folder and files are opened anew each time, since NFS caches the
    /// attributes of open files.
    /// </summary>
    /// <param name="oldest">Temps that last changed before this, by the file system's clock, belong to nobody who works.</param>
    /// <param name="progress">Told how far the leader is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>True when the blob is there; false when nobody works on it any more, or nobody has for half a minute.</returns>
    public async Task<bool> WaitAsync(DateTime oldest, FileProgress progress, CancellationToken cancellationToken)
    {
        for (TimeSpan pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            List<Contender> working = LookAtRivals(oldest);

            // In this order: a leader that publishes between the two looks is seen as a blob.
            if (_lookup.HasBlob(etag, length))
            {
                return true;
            }

            if (working.Count == 0)
            {
                // Whatever their times say (a clock may have been set back), they are not waited for a second time.
                rivals.GiveUp(_seen.Values.Select(seen => seen.Seen));
                return false;
            }

            progress.Reached(working.Max(rival => rival.Length));
            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    private List<Contender> LookAtRivals(DateTime oldest)
    {
        long now = Stopwatch.GetTimestamp();
        var working = new List<Contender>();
        foreach (Contender rival in rivals.OfOurs(own: null).Concat(rivals.OfOthers()))
        {
            if (_seen.TryGetValue(rival.Name, out var before) && before.Seen == rival)
            {
                if (Stopwatch.GetElapsedTime(before.ChangedAt, now) < ProtocolTimes.Stale && rival.Modified >= oldest)
                {
                    working.Add(rival);
                }

                continue;
            }

            _seen[rival.Name] = (rival, now);
            if (rival.Modified >= oldest)
            {
                working.Add(rival);
            }
        }

        return working;
    }
}
