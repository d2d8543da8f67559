using System.Diagnostics;

namespace HubCache.PowerShell;

/// <summary>Bytes a second over the last few seconds: steady enough to read, quick enough to show a stall.</summary>
internal sealed class RateMeter
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<(long Time, long Bytes)> _samples = new();

    /// <summary>Takes a sample and says the rate; 0 while there is nothing to compare with.</summary>
    public double Rate(long bytes)
    {
        long now = Stopwatch.GetTimestamp();
        _samples.Enqueue((now, bytes));
        while (_samples.Count > 2 && Stopwatch.GetElapsedTime(_samples.Peek().Time, now) > Window)
        {
            _samples.Dequeue();
        }

        (long time, long before) = _samples.Peek();
        double seconds = Stopwatch.GetElapsedTime(time, now).TotalSeconds;
        return seconds > 0 ? Math.Max(0, bytes - before) / seconds : 0;
    }
}
