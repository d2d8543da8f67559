using System.Diagnostics;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Blobs;

/// <summary>
/// Decides without a lock which of several processes fetches a blob: whoever is about to makes its temp, looks, settles, and looks again.
/// It is a courtesy: whatever goes wrong here costs bandwidth, never bytes.
/// </summary>
internal sealed class LeadContest(Disk disk, RepoPaths folder, ETag etag, long length, Temp first, Contenders rivals) : IDisposable
{
    /// <summary>Smaller files are fetched without a contest: twice is cheaper than settling.</summary>
    public const long SmallestContested = 8 << 20;

    // A temp of this size never yields; just below it, the contest is looked at once more.
    private const long LeadLength = 1 << 20;

    private readonly CacheLookup _lookup = new(disk, folder);
    private readonly long _entered = Stopwatch.GetTimestamp();
    private Temp _own = first;
    private ClientLock? _lock;
    private bool _askedOtherClients;

    /// <summary>The first look: whether another process is done, or so far ahead that not even a first request is worth it.</summary>
    public bool IsLostAtOnce() => Find().Any(rival => rival.Length >= LeadLength) || IsPublished();

    /// <summary>Whether a contender that is likely to lead was first: then even a first request would be in vain.</summary>
    public bool IsBehind() => Find().Any(Outranks);

    /// <summary>Goes on with a temp that an earlier download left, and outranks every contender that has less.</summary>
    /// <exception cref="OutrankedException">Somebody else has more.</exception>
    public async Task GoOnWithAsync(Temp prefix, CancellationToken cancellationToken)
    {
        _own = prefix;
        if (Find().Any(rival => rival.Length >= LeadLength && (rival.Length, _own.Name).CompareTo((_own.Length, rival.Name)) > 0)
            || IsPublished())
        {
            throw new OutrankedException();
        }

        await AskOtherClientsAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The next length at which <see cref="PassAsync"/> has to be asked; far beyond every file once the lead is safe.</summary>
    public static long NextStop(long reached)
    {
        return reached < LeadLength - 1 ? LeadLength - 1 : long.MaxValue;
    }

    /// <summary>Waits until the contest has settled, and looks again.</summary>
    /// <exception cref="OutrankedException">Somebody else leads.</exception>
    public async Task PassAsync(CancellationToken cancellationToken)
    {
        TimeSpan rest = ProtocolTimes.Settling - Stopwatch.GetElapsedTime(_entered);
        if (rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, cancellationToken).ConfigureAwait(false);
        }

        if (Find().Any(Outranks) || IsPublished())
        {
            throw new OutrankedException();
        }

        await AskOtherClientsAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _lock?.Dispose();

    /// <summary>Takes the lock of the other clients if it can be had, and yields to one of them that shows itself at work.</summary>
    private async Task AskOtherClientsAsync(CancellationToken cancellationToken)
    {
        if (_askedOtherClients)
        {
            return;
        }

        _askedOtherClients = true;
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            (_lock, LockAnswer answer) = ClientLock.Ask(disk, folder.LockFile(etag));
            if (answer != LockAnswer.Refused)
            {
                return;
            }

            if (Working(rivals.OfOthers()).Any())
            {
                throw new OutrankedException();
            }

            // Its holder shows no temp: it just began, is about to end, or hangs. It is not worth a longer wait.
            if (Stopwatch.GetElapsedTime(began) >= ProtocolTimes.LockHolderPatience)
            {
                return;
            }

            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asked after the rivals: the leader of a moment ago shows no temp any more because it is done.</summary>
    private bool IsPublished() => _lookup.HasBlob(etag, length);

    private IEnumerable<Contender> Find() => Working(rivals.OfOurs(_own));

    /// <summary>Those who gave a sign lately, by the file system's clock: our own temp was just written, and tells its now.</summary>
    private IEnumerable<Contender> Working(IReadOnlyList<Contender> rivals)
    {
        if (rivals.Count == 0)
        {
            return [];
        }

        DateTime now = _own.Look().Modified;
        return rivals.Where(rival => now - rival.Modified < ProtocolTimes.Stale);
    }

    private bool Outranks(Contender rival)
    {
        return _own.Length < LeadLength && (rival.Length >= LeadLength || string.CompareOrdinal(rival.Name, _own.Name) < 0);
    }
}

/// <summary>Another process fetches the blob; wait for it.</summary>
internal sealed class OutrankedException : Exception;
