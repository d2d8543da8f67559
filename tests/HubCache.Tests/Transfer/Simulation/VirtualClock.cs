namespace HubCache.Tests.Transfer.Simulation;

/// <summary>A clock that stands still until it is set forward. It has no timers: whoever uses it looks at it.</summary>
internal sealed class VirtualClock : TimeProvider
{
    // Not 0, which some take for "never".
    private long _ticks = TimeSpan.TicksPerSecond;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Seconds since the beginning.</summary>
    public double Seconds => (double)(_ticks - TimeSpan.TicksPerSecond) / TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public void Advance(double seconds) => _ticks += Math.Max(1, (long)(seconds * TimeSpan.TicksPerSecond));
}
