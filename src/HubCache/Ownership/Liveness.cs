using System.Collections.Concurrent;
using System.Diagnostics;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Ownership;

internal enum IncompleteState
{
    Live,
    Dead,
    Unknown,
}

/// <summary>Whether an incomplete file still has a live owner, and how that is known.</summary>
internal readonly record struct Verdict(IncompleteState State, string Reason)
{
    public bool IsDead => State == IncompleteState.Dead;
}

/// <summary>Tells whose incomplete file it is: live unless proven dead, by its name, by its process, or by age and two looks.</summary>
internal sealed class Liveness(Disk disk, TimeSpan? betweenLooks = null)
{
    // The first looks of this process; a second one later finds them here, whichever object asks.
    private static readonly ConcurrentDictionary<string, (long Length, DateTime Modified, long Seen)> FirstLooks =
        new(StringComparer.Ordinal);

    private readonly TimeSpan _betweenLooks = betweenLooks ?? ProtocolTimes.BetweenLooks;

    /// <summary>How long until a second look at a file can tell something; null when age does not make it a candidate.</summary>
    public TimeSpan? UntilSecondLook(string path)
    {
        return FirstLooks.TryGetValue(path, out (long Length, DateTime Modified, long Seen) first)
            ? _betweenLooks - Stopwatch.GetElapsedTime(first.Seen)
            : null;
    }

    /// <summary>
    /// The verdict that needs no waiting: by the name alone, or by a process of this machine. Null when only age can tell.
    /// </summary>
    public static Verdict? JudgeAtOnce(string path)
    {
        string fileName = Path.GetFileName(path);
        if (IncompleteName.IsFree(fileName))
        {
            return new Verdict(IncompleteState.Dead, "Its download was stopped in order and left it for the next.");
        }

        if (IncompleteName.TryParse(fileName) is not IncompleteName name)
        {
            return null;
        }

        ProcessIdentity me = ProcessIdentity.Current;
        ProcessIdentity owner = name.Owner;
        if (owner == me)
        {
            return TempRegister.Holds(fileName)
                ? new Verdict(IncompleteState.Live, "This process is writing it.")
                : new Verdict(IncompleteState.Dead, "This process does not know it: it was left by another with the same id.");
        }

        if (owner.SharesPidsWith(me))
        {
            return owner.IsProvenGone()
                ? new Verdict(IncompleteState.Dead, $"Its process {owner.Pid} runs no more.")
                : new Verdict(IncompleteState.Live, $"Its process {owner.Pid} is running.");
        }

        return null;
    }

    /// <summary>The full verdict. <see cref="IncompleteState.Unknown"/> when neither life nor death could be proven.</summary>
    /// <param name="path">The incomplete file.</param>
    /// <param name="facts">What it looks like now.</param>
    /// <param name="minimumAge">Younger ones are never dead by age.</param>
    /// <param name="now">Now by the clock of the file system that the file lies on.</param>
    public Verdict Judge(string path, FileFacts facts, TimeSpan minimumAge, DateTime now)
    {
        if (JudgeAtOnce(path) is Verdict verdict)
        {
            return verdict;
        }

        LockAnswer answer = ProbeLock(path);
        if (answer == LockAnswer.Refused)
        {
            return new Verdict(IncompleteState.Live, "Somebody holds a lock on it.");
        }

        IncompleteName? name = IncompleteName.TryParse(Path.GetFileName(path));
        bool isFresh = now - facts.Modified < ProtocolTimes.NameBeforeLock;
        if (answer == LockAnswer.Granted
            && !isFresh
            && name?.Owner.SharesKernelWith(ProcessIdentity.Current) == true
            && disk.IsLocal(Path.GetDirectoryName(path)!))
        {
            return new Verdict(IncompleteState.Dead, "Its container on this machine let go of its lock.");
        }

        return JudgeByAge(path, facts, minimumAge, now);
    }

    private Verdict JudgeByAge(string path, FileFacts facts, TimeSpan minimumAge, DateTime now)
    {
        TimeSpan age = now - facts.Modified;
        if (age < minimumAge)
        {
            FirstLooks.TryRemove(path, out _);
            return new Verdict(
                IncompleteState.Unknown, $"Its owner cannot be asked, and it changed {Plainly(age)} ago: less than {Plainly(minimumAge)}.");
        }

        (long Length, DateTime Modified, long Seen) look = (facts.Length, facts.Modified, Stopwatch.GetTimestamp());
        (long Length, DateTime Modified, long Seen) first = FirstLooks.GetOrAdd(path, look);
        if (first.Length != look.Length || first.Modified != look.Modified)
        {
            FirstLooks[path] = look;
            return new Verdict(IncompleteState.Live, "It changed between two looks.");
        }

        return Stopwatch.GetElapsedTime(first.Seen, look.Seen) >= _betweenLooks
            ? new Verdict(IncompleteState.Dead, $"It has not changed for {Plainly(age)}, and two looks a minute apart found it the same.")
            : new Verdict(
                IncompleteState.Unknown, $"It has not changed for {Plainly(age)}; a second look a minute after the first decides.");
    }

    /// <summary>Asks for the lock that a working writer of ours holds shared. Refused is a veto; granted says nothing by itself.</summary>
    private LockAnswer ProbeLock(string path)
    {
        try
        {
            using SafeFileHandle file = disk.OpenForReading(path, followLink: false);
            return disk.TryLock(file, exclusive: true, LockedPart.BeyondAnyLength);
        }
        catch (DiskException)
        {
            return LockAnswer.Unsupported;
        }
    }

    private static string Plainly(TimeSpan age)
    {
        return age.TotalDays >= 2 ? $"{age.TotalDays:0} days"
            : age.TotalHours >= 2 ? $"{age.TotalHours:0} hours"
            : age.TotalMinutes >= 2 ? $"{age.TotalMinutes:0} minutes"
            : $"{Math.Max(0, age.TotalSeconds):0} seconds";
    }
}
