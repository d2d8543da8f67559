namespace HubCache.Transfer;

/// <summary>Keeps a whole call under a number of bytes a second, over all its connections.</summary>
internal sealed class RateLimit(long bytesPerSecond, TimeProvider clock)
{
    // How long a connection that was idle may go faster than the limit.
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(100);

    private readonly object _gate = new();
    private long _paidUntil = clock.GetTimestamp();

    /// <summary>The most bytes to read at once, so that every connection gets its turn.</summary>
    public int MostAtOnce { get; } = (int)Math.Clamp(bytesPerSecond / 20, 1, 64 << 10);

    /// <summary>Waits until bytes that were just read are paid for.</summary>
    public Task PayAsync(int bytes, CancellationToken cancellationToken)
    {
        long now = clock.GetTimestamp();
        long until;
        lock (_gate)
        {
            long earliest = now - (long)(Burst.TotalSeconds * clock.TimestampFrequency);
            _paidUntil = Math.Max(_paidUntil, earliest) + (long)((double)bytes / bytesPerSecond * clock.TimestampFrequency);
            until = _paidUntil;
        }

        TimeSpan wait = TimeSpan.FromSeconds((double)(until - now) / clock.TimestampFrequency);
        return wait > TimeSpan.FromMilliseconds(1) ? Task.Delay(wait, clock, cancellationToken) : Task.CompletedTask;
    }
}
