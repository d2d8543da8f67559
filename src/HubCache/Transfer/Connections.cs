namespace HubCache.Transfer;

/// <summary>How many connections a whole call may have open, fewer for a while after the other side complained.</summary>
internal sealed class Connections
{
    private const int MostSockets = 32;

    private static readonly TimeSpan GrowEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OneComplaint = TimeSpan.FromMilliseconds(250);

    private readonly object _gate = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly int _most;
    private int _allowed;
    private readonly int _mostFiles;
    private readonly TimeProvider _clock;
    private int _inUse;
    private int _spare;
    private long _grownAt;
    private long _backedOffAt;
    private bool _hasBackedOff;

    /// <summary>Sets up a budget.</summary>
    /// <param name="most">How many may deliver, when the files are fewer.</param>
    /// <param name="mostFiles">How many files may have their first one.</param>
    /// <param name="clock">Tells the time.</param>
    public Connections(int most, int mostFiles, TimeProvider clock)
    {
        (_most, _mostFiles, _allowed, _clock) = (most, mostFiles, Math.Max(most, mostFiles), clock);
        _grownAt = clock.GetTimestamp();
    }

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
            if (_waiting.Count > 0 || _inUse >= Math.Min(_most, Allowed()))
            {
                return false;
            }

            _inUse++;
            return true;
        }
    }

    /// <summary>One that waits for a first byte while others deliver; false when there is none to spare.</summary>
    public bool TryEnterSpare()
    {
        lock (_gate)
        {
            int allowed = Math.Min(_most, Allowed());
            if (_waiting.Count > 0 || _spare >= allowed || _inUse + _spare >= MostSockets)
            {
                return false;
            }

            _spare++;
            return true;
        }
    }

    public void LeaveSpare()
    {
        lock (_gate)
        {
            _spare--;
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
            long now = _clock.GetTimestamp();
            if (!_hasBackedOff || _clock.GetElapsedTime(_backedOffAt, now) > OneComplaint)
            {
                _allowed = Math.Max(1, Math.Min(_allowed, _inUse) / 2);
                (_grownAt, _backedOffAt, _hasBackedOff) = (now, now, true);
            }
        }
    }

    private int Allowed()
    {
        long steps = (long)(_clock.GetElapsedTime(_grownAt) / GrowEvery);
        if (steps > 0)
        {
            _allowed = (int)Math.Min(Math.Max(_most, _mostFiles), _allowed + steps);
            _grownAt = _clock.GetTimestamp();
        }

        return _allowed;
    }
}
