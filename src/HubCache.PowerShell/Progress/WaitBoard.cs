using System.Diagnostics;
using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>A wait of a known length as a progress record.</summary>
internal sealed class WaitBoard(string activity, string reason, TimeSpan length)
{
    private static int s_lastId = 0x4844_0000;

    private readonly int _id = Interlocked.Increment(ref s_lastId);
    private readonly long _begin = Stopwatch.GetTimestamp();

    /// <summary>What to show now.</summary>
    public IReadOnlyList<ProgressRecord> Sample()
    {
        TimeSpan waited = Stopwatch.GetElapsedTime(_begin);
        return
        [
            new ProgressRecord(_id, activity, reason)
            {
                PercentComplete = (int)Math.Clamp(100 * waited / length, 0, 100),
                SecondsRemaining = (int)Math.Max(0, (length - waited).TotalSeconds),
            },
        ];
    }
}
