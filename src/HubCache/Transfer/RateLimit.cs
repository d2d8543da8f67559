using System.Diagnostics;

namespace HubCache.Transfer;

/// <summary>Keeps a whole call under a number of bytes a second, over all its connections.</summary>
internal sealed class RateLimit(long bytesPerSecond)
{
    // How long a connection that was idle may go faster than the limit.
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(100);

    private readonly object _gate = new();
    private long _paidUntil = Stopwatch.GetTimestamp();

    /// <summary>The most bytes to read at once, so that every connection gets its turn.</summary>
    public int MostAtOnce { get; } = (int)Math.Clamp(bytesPerSecond / 20, 1, 64 << 10);

    /// <summary>Waits until bytes that were just read are paid for.</summary>
    public Task PayAsync(int bytes, CancellationToken cancellationToken)
    {
        long now = Stopwatch.GetTimestamp();
        long until;
        lock (_gate)
        {
            long earliest = now - (long)(Burst.TotalSeconds * Stopwatch.Frequency);
            _paidUntil = Math.Max(_paidUntil, earliest) + (long)((double)bytes / bytesPerSecond * Stopwatch.Frequency);
            until = _paidUntil;
        }

        TimeSpan wait = TimeSpan.FromSeconds((double)(until - now) / Stopwatch.Frequency);
        return wait > TimeSpan.FromMilliseconds(1) ? Task.Delay(wait, cancellationToken) : Task.CompletedTask;
    }
}
