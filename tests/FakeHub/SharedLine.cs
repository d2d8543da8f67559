using System.Diagnostics;

namespace FakeHub;

/// <summary>One line that all connections share: whoever has a piece to send takes the next turn, so that each gets a like share.</summary>
internal sealed class SharedLine(long bytesPerSecond)
{
    private const int TurnsPerSecond = 200;

    // Turns that came late are made up for, within limits: a busy machine does not make the line slower than ordered. Not while somebody
    // else is about to take his: else one connection would take all that another was too slow to wake up for.
    private static readonly TimeSpan Arrears = TimeSpan.FromMilliseconds(50);

    private readonly object _gate = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _free;
    private int _waiting;

    /// <summary>The most to send in one turn, so that the others do not wait long for theirs.</summary>
    public long BytesPerTurn => Math.Max(1, bytesPerSecond / TurnsPerSecond);

    public async Task TakeTurnAsync(int bytes, CancellationToken cancellation)
    {
        TimeSpan wait;
        lock (_gate)
        {
            TimeSpan now = _clock.Elapsed;
            TimeSpan earliest = _waiting > 0 ? now : now - Arrears;
            TimeSpan start = _free > earliest ? _free : earliest;
            _free = start + TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
            wait = start - now;
            _waiting++;
        }
        try
        {
            if (wait >= TimeSpan.FromMilliseconds(1))
            {
                await ExactDelay.WaitAsync(wait, cancellation);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
