namespace HubCache.Transfer;

/// <summary>How many connections a whole call may have open, fewer for a while after the other side complained.</summary>
internal sealed class Connections
{
    private static readonly TimeSpan GrowEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OneComplaint = TimeSpan.FromMilliseconds(250);

    private readonly object _gate = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly int _most;
    private int _allowed;
    private int _inUse;
    private long _grownAt = Environment.TickCount64;
    private long _backedOffAt = long.MinValue / 2;

    /// <summary>Sets up a budget of so many connections.</summary>
    public Connections(int most) => (_most, _allowed) = (most, most);

    /// <summary>Whether somebody has too many: files without any wait, or the other side complained.</summary>
    public bool AreScarce
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count > 0 || _inUse > Allowed();
            }
        }
    }

    /// <summary>Waits for a file's first connection.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource turn;
        lock (_gate)
        {
            if (_waiting.Count == 0 && _inUse < Allowed())
            {
                _inUse++;
                return;
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
        }

        using (cancellationToken.UnsafeRegister(static turn => ((TaskCompletionSource)turn!).TrySetCanceled(), turn))
        {
            await turn.Task.ConfigureAwait(false);
        }
    }

    /// <summary>One more for a file that has some; false when there is none to spare.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_waiting.Count > 0 || _inUse >= Allowed())
            {
                return false;
            }

            _inUse++;
            return true;
        }
    }

    public void Leave()
    {
        lock (_gate)
        {
            _inUse--;
            while (_inUse < Allowed() && _waiting.TryDequeue(out TaskCompletionSource? turn))
            {
                if (turn.TrySetResult())
                {
                    _inUse++;
                }
            }
        }
    }

    /// <summary>The other side refused, broke or throttled one: half as many, and back one by one.</summary>
    public void BackOff()
    {
        lock (_gate)
        {
            // Several connections that break together are one complaint.
            long now = Environment.TickCount64;
            if (now - _backedOffAt > OneComplaint.TotalMilliseconds)
            {
                _allowed = Math.Max(1, Math.Min(_allowed, _inUse) / 2);
                (_grownAt, _backedOffAt) = (now, now);
            }
        }
    }

    private int Allowed()
    {
        long steps = (Environment.TickCount64 - _grownAt) / (long)GrowEvery.TotalMilliseconds;
        if (steps > 0)
        {
            _allowed = (int)Math.Min(_most, _allowed + steps);
            _grownAt = Environment.TickCount64;
        }

        return _allowed;
    }
}
