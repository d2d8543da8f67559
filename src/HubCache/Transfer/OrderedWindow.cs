using System.Diagnostics;

namespace HubCache.Transfer;

/// <summary>
/// The part of a file that is on its way: hands out segments from front to back, and gives their bytes to the writer in exactly that order.
/// It outlives broken connections; what lies behind a gap is kept.
/// </summary>
internal sealed class OrderedWindow
{
    // A connection that needs so many times as long as the others do for a segment of this length holds them up.
    private const int SlowFactor = 3;
    private const long LongestRescue = 16 << 20;
    private static readonly TimeSpan ShortestRescueDelay = TimeSpan.FromMilliseconds(250);

    private readonly object _gate = new();
    private readonly Queue<Segment> _segments = new();
    private readonly SortedList<long, Segment> _givenBack = [];
    private TaskCompletionSource _changed = NewSignal();
    private readonly long _mostAhead;
    private readonly BlockPool _pool;
    private long _next;
    private long _limit;
    private long _received;
    private long _writerTicks;
    private double _usualSecondsPerByte;
    private bool _isWhole;
    private bool _isClosed;

    /// <summary>Makes a window in which nothing is received.</summary>
    /// <param name="start">The offset of the first byte to fetch.</param>
    /// <param name="end">The offset after the last.</param>
    /// <param name="mostAhead">How many bytes may be asked for behind the first one that is missing: what a kill costs at most.</param>
    /// <param name="pool">The memory.</param>
    public OrderedWindow(long start, long end, long mostAhead, BlockPool pool)
    {
        (_next, _received, _limit, End, _mostAhead, _pool) = (start, start, end, end, mostAhead, pool);
    }

    /// <summary>The offset after the file's last byte.</summary>
    public long End { get; }

    /// <summary>Where the window began, and every byte received since: how far the file is, gaps left out.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Whether every byte was received.</summary>
    public bool IsReceived => Received == End;

    /// <summary>Bytes that nobody has been asked for.</summary>
    public long Unasked => End - Interlocked.Read(ref _next);

    /// <summary>Whether a segment waits for a connection because its own broke.</summary>
    public bool HasGivenBack
    {
        get
        {
            lock (_gate)
            {
                return _givenBack.Count > 0;
            }
        }
    }

    /// <summary>Whether only a part of the file may be asked for yet: the contest for the lead settles, or room is being reserved.</summary>
    public bool IsLimited => Interlocked.Read(ref _limit) < End;

    /// <summary>How long the writer has hashed and written so far; what it waited is not in it.</summary>
    public TimeSpan WriterWorked => TimeSpan.FromTicks(Interlocked.Read(ref _writerTicks));

    /// <summary>Hands everything out as one segment: the server prefers to send the whole file.</summary>
    public void AskForWhole() => _isWhole = true;

    /// <summary>Hands out no byte from this offset on.</summary>
    public void Limit(long offset)
    {
        lock (_gate)
        {
            _limit = Math.Min(offset, End);
            Signal();
        }
    }

    /// <summary>The next segment to fetch: one that was given back, or the next bytes of the file. Null when there is none, or no memory for it.</summary>
    /// <param name="length">Bytes that a new segment may have at most.</param>
    public Segment? TryTake(long length)
    {
        lock (_gate)
        {
            if (_givenBack.Count > 0)
            {
                Segment segment = _givenBack.GetValueAtIndex(0);
                _givenBack.RemoveAt(0);
                return segment;
            }

            length = Math.Min(_isWhole ? End : length, _limit - _next);
            if (length <= 0 || _isClosed)
            {
                return null;
            }

            if (_segments.Any(segment => !segment.IsComplete))
            {
                length = Math.Min(length, _pool.LongestAhead);
            }

            int blocks = (int)Math.Min(_pool.BlocksOfSegment, (length + BlockPool.BlockSize - 1) / BlockPool.BlockSize);
            if (!_segments.TryPeek(out Segment? head))
            {
                _pool.Reserve(blocks);
            }
            else if (_next + length - head.Received > _mostAhead || !_pool.TryReserve(blocks))
            {
                return null;
            }

            var next = new Segment(_next, _next + length, _pool, blocks);
            _next += length;
            _segments.Enqueue(next);
            _segments.Peek().BecomeHead();
            Signal();
            return next;
        }
    }

    /// <summary>Makes the segment that was handed out last reach to the end of the file: the server sends more than it was asked for.</summary>
    public void Extend(Segment segment)
    {
        lock (_gate)
        {
            if (segment.End == _next)
            {
                segment.Extend(End);
                (_next, _isWhole) = (End, true);
            }
        }
    }

    /// <summary>Shortens a long segment that a lone connection asked for, so that others can work on the rest.</summary>
    /// <param name="length">Bytes that stay with it at least, beyond those received.</param>
    public void Share(long length)
    {
        lock (_gate)
        {
            if (!_isWhole && _segments.TryPeek(out Segment? head) && head.End == _next && head.TryShorten(length))
            {
                _next = head.End;
                Signal();
            }
        }
    }

    /// <summary>Takes back a segment that is not complete: its connection broke.</summary>
    public void GiveBack(Segment segment)
    {
        lock (_gate)
        {
            if (!segment.IsComplete)
            {
                _givenBack.Add(segment.Start, segment);
                Signal();
            }
        }
    }

    /// <summary>The segment that holds up those behind it, when its connection is much slower than the others; else null.</summary>
    public Segment? SlowHead()
    {
        lock (_gate)
        {
            if (_givenBack.Count > 0 || _usualSecondsPerByte == 0 || !_segments.TryPeek(out Segment? head) || head.IsComplete || head.IsRescued
                || head.End - head.Received > LongestRescue)
            {
                return null;
            }

            TimeSpan usual = TimeSpan.FromSeconds(_usualSecondsPerByte * (head.End - head.Start) * SlowFactor);
            return Stopwatch.GetElapsedTime(head.BegunAt) > (usual > ShortestRescueDelay ? usual : ShortestRescueDelay) ? head : null;
        }
    }

    /// <summary>Counts the writer's work.</summary>
    public void CountWork(TimeSpan worked) => Interlocked.Add(ref _writerTicks, worked.Ticks);

    /// <summary>Counts bytes that brought the file on.</summary>
    public void Count(long bytes)
    {
        if (Interlocked.Add(ref _received, bytes) == End)
        {
            lock (_gate)
            {
                Signal();
            }
        }
    }

    /// <summary>Takes note of how long a whole segment took.</summary>
    public void Timed(Segment segment, TimeSpan taken)
    {
        lock (_gate)
        {
            double secondsPerByte = taken.TotalSeconds / Math.Max(1, segment.End - segment.Start);
            _usualSecondsPerByte = _usualSecondsPerByte == 0 ? secondsPerByte : (_usualSecondsPerByte * 3 + secondsPerByte) / 4;
        }
    }

    /// <summary>Ends when something has changed that may let a connection go on: room, a segment given back, all received. Never later than asked.</summary>
    public Task ChangeAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        Task changed;
        lock (_gate)
        {
            changed = _changed.Task;
        }

        return Task.WhenAny(changed, Task.Delay(atMost, cancellationToken));
    }

    /// <summary>The segment whose bytes are next. Waits until it is handed out; null when none will be.</summary>
    public async Task<Segment?> HeadAsync()
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_segments.TryPeek(out Segment? head))
                {
                    return head;
                }

                if (_isClosed || _next == End)
                {
                    return null;
                }

                changed = _changed.Task;
            }

            await changed.ConfigureAwait(false);
        }
    }

    /// <summary>The writer has taken all of the first segment.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            _segments.Dequeue().Retire();
            if (_segments.TryPeek(out Segment? head))
            {
                head.BecomeHead();
            }

            Signal();
        }
    }

    /// <summary>Hands out nothing more; the writer gets what was received without a gap, then the end.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (Segment segment in _segments)
            {
                segment.Close();
            }

            Signal();
        }
    }

    /// <summary>Gives all memory back. Nobody may use the window any more.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            while (_segments.TryDequeue(out Segment? segment))
            {
                segment.Retire();
            }
        }
    }

    private void Signal()
    {
        TaskCompletionSource changed = _changed;
        _changed = NewSignal();
        changed.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
