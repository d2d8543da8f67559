using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Maintenance.FileSystem;

/// <summary>What locks are worth.</summary>
internal static class LockTrials
{
    /// <summary>Holds a lock on one file, and has another process ask for it and for one on a free file.</summary>
    public static async Task<TrialResult> BetweenProcessesAsync(TrialPlace place, ISecondProcess other, CancellationToken stop)
    {
        string held = place.At("held.lock");
        string free = place.At("free.lock");
        place.Fill(free, 0, 1);
        using SafeFileHandle file = place.Disk.OpenLockFile(held);
        LockAnswer ours = place.Disk.TryLock(file, exclusive: true, LockedPart.FirstByte);
        if (ours != LockAnswer.Granted)
        {
            return TrialResult.Warning(
                "The file system gives no locks. HubCache needs none, but other clients that share this cache may refuse to work or fetch "
                    + "files twice.",
                "unsupported");
        }

        IReadOnlyList<string> answers;
        try
        {
            answers = await other.AskForLocksAsync([held, free], stop).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            return TrialResult.NotTried($"It takes a second process, and there was none: {e.Message}");
        }
        finally
        {
            place.Disk.Unlock(file, LockedPart.FirstByte);
        }

        return (answers.ElementAtOrDefault(0), answers.ElementAtOrDefault(1)) switch
        {
            ("Refused", "Granted") => TrialResult.Yes(
                "A lock keeps a second process of this machine out: other clients do not fetch a file at the same time.", "excludes"),
            ("Granted", _) => TrialResult.Warning(
                "A lock is granted to every caller at once, so it protects nothing. HubCache does not depend on locks; older "
                    + "versions of other clients may spoil files here when several processes fetch the same one.",
                "granted twice"),
            ("Refused", _) => TrialResult.Warning(
                "A second process is refused even a lock that nobody holds: other clients may wait here for ever.", "always refused"),
            _ => TrialResult.Warning(
                "A second process gets no locks here at all. HubCache needs none; other clients may refuse to work.", "unsupported"),
        };
    }

    /// <summary>Two hosts cannot be tried out from one.</summary>
    public static TrialResult BetweenHosts(bool? isLocal) => isLocal == true
        ? TrialResult.Unknown("The file system belongs to this machine. If it is exported to others, whether a lock of theirs excludes one "
            + "of ours cannot be known from here. HubCache does not depend on locks.")
        : TrialResult.Unknown("Whether a lock of another host excludes one of ours cannot be known from one host; many mounts keep locks "
            + "to themselves (flock with Lustre's localflock, NFS with local_lock). HubCache does not depend on locks; let other "
            + "clients not fetch the same files from two hosts at once.");
}
