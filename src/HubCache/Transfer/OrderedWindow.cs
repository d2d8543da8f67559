namespace HubCache.Transfer;

/// <summary>
/// The part of a file that is on its way: hands out segments from front to back, and gives their bytes to the writer in exactly that order.
/// It outlives broken connections; what lies behind a gap is kept. Memory is taken when bytes arrive.
/// </summary>
internal sealed class OrderedWindow
{
    // What the head of a file has in any case, however little memory there is.
    private const int BlocksOfHead = 2;

    private readonly object _gate = new();
    private readonly List<Segment> _segments = [];
    private readonly SortedList<long, Segment> _givenBack = [];
    private readonly List<SegmentFetch> _fetches = [];
    private readonly BlockPool _pool;
    private TaskCompletionSource _changed = NewSignal();
    private long _next;
    private long _limit;
    private long _received;
    private long _written;
    private long _writerTicks;
    private int _mostReading = 1;
    private int _firstBytes;
    private double _secondsToFirstByte;
    private double _secondsPerByte;
    private bool _isWhole;
    private bool _isClosed;

    /// <summary>Makes a window in which nothing is received.</summary>
    /// <param name="start">The offset of the first byte to fetch.</param>
    /// <param name="end">The offset after the last.</param>
    /// <param name="mostAhead">How many bytes may be in memory behind the first one that is not written: what a kill costs at most.</param>
    /// <param name="pool">The memory.</param>
    /// <param name="clock">Tells the time.</param>
    public OrderedWindow(long start, long end, long mostAhead, BlockPool pool, TimeProvider clock)
    {
        (_next, _received, _written, _limit, End, MostAhead, _pool, Clock) = (start, start, start, end, end, mostAhead, pool, clock);
    }

    public TimeProvider Clock { get; }

    /// <summary>The offset after the file's last byte.</summary>
    public long End { get; }

    /// <summary>How many bytes may be in memory behind the first one that is not written.</summary>
    public long MostAhead { get; }

    /// <summary>Where the window began, and every byte received since: how far the file is, gaps left out.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Whether every byte was received.</summary>
    public bool IsReceived => Received == End;

    /// <summary>The offset of the first byte that has not been asked for.</summary>
    public long Next => Interlocked.Read(ref _next);

    /// <summary>Bytes that have not been asked for.</summary>
    public long Unasked => End - Next;

    /// <summary>Up to where bytes may be read; what lies beyond may be asked for: the contest for the lead settles meanwhile.</summary>
    public long ReadLimit => Interlocked.Read(ref _limit);

    /// <summary>Whether only a part of the file may be read yet.</summary>
    public bool IsLimited => ReadLimit < End;

    /// <summary>How long the writer has hashed and written so far; what it waited is not in it.</summary>
    public TimeSpan WriterWorked => TimeSpan.FromTicks(Interlocked.Read(ref _writerTicks));

    /// <summary>How many bytes lie between the first one that is not written and the first that has not been asked for.</summary>
    public long Ahead => Next - Interlocked.Read(ref _written);

    /// <summary>How long a first byte takes as a rule; zero before one has come.</summary>
    public TimeSpan TimeToFirstByte => TimeSpan.FromSeconds(Volatile.Read(ref _secondsToFirstByte));

    /// <summary>How many answers have begun.</summary>
    public int FirstBytes => Volatile.Read(ref _firstBytes);

    /// <summary>Seconds for a byte on one connection, as a rule; 0 before a segment has come whole.</summary>
    public double SecondsPerByte => Volatile.Read(ref _secondsPerByte);

    /// <summary>Whether the server prefers to send the whole file.</summary>
    public bool IsWhole => _isWhole;

    /// <summary>What is being fetched now.</summary>
    public SegmentFetch[] Fetches()
    {
        lock (_gate)
        {
            return [.. _fetches];
        }
    }

    /// <summary>How many connections may deliver at once. What the writer waits for is read in any case.</summary>
    public void ReadAtMost(int connections)
    {
        if (Interlocked.Exchange(ref _mostReading, connections) < connections)
        {
            _pool.Wake();
        }
    }

    /// <summary>Hands everything out as one segment: the server prefers to send the whole file.</summary>
    public void AskForWhole() => _isWhole = true;

    /// <summary>Lets no byte be read from this offset on.</summary>
    public void Limit(long offset)
    {
        lock (_gate)
        {
            Interlocked.Exchange(ref _limit, Math.Min(offset, End));
            Signal();
        }

        _pool.Wake();
    }

    /// <summary>
    /// The first segment that waits for a connection because its own broke, or because there was no memory for it; null when there is none
    /// that can be fetched now.
    /// </summary>
    public Segment? GivenBack()
    {
        lock (_gate)
        {
            return _givenBack.Values.FirstOrDefault(segment => segment.WasBroken || (HasRoom(segment) && _pool.HasRoom));
        }
    }

    /// <summary>Whether a segment was given back.</summary>
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

    /// <summary>Begins with the next bytes of the file; null when there are none.</summary>
    /// <param name="end">Where the segment ends.</param>
    /// <param name="runsToEnd">Whether its answer may bring more than the segment, so that its end can still be moved.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public SegmentFetch? TryBegin(long end, bool runsToEnd, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            end = _isWhole ? End : Math.Min(end, End);
            if (_isClosed || end <= _next)
            {
                return null;
            }

            var segment = new Segment(_next, end);
            Interlocked.Exchange(ref _next, end);
            _segments.Add(segment);
            _segments[0].IsHead = true;
            Signal();
            return Begin(segment, isRescue: false, runsToEnd, cancellationToken);
        }
    }

    /// <summary>Begins with a segment anew: one that was given back, or one that a slow connection holds up.</summary>
    public SegmentFetch Begin(Segment segment, bool isRescue, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _givenBack.Remove(segment.Start);
            return Begin(segment, isRescue, runsToEnd: segment.End == End, cancellationToken);
        }
    }

    /// <summary>Where an answer that can bring more than its segment is to end: others will work on the rest.</summary>
    public void Cut(SegmentFetch fetch, long offset)
    {
        lock (_gate)
        {
            Segment segment = fetch.Segment;
            if (!_isWhole && segment.End == _next && offset > segment.Received + (2 * BlockPool.BlockSize) && offset < segment.End)
            {
                segment.End = offset;
                Interlocked.Exchange(ref _next, offset);
                Signal();
            }
        }
    }

    /// <summary>Lets an answer that brings more than its segment go on with the next one, if nothing of that has come yet.</summary>
    /// <param name="fetch">Whose answer it is.</param>
    /// <param name="answerEnd">Up to where it reaches.</param>
    /// <param name="length">How many bytes that nobody was asked for it may take over.</param>
    public bool TryGoOn(SegmentFetch fetch, long answerEnd, long length)
    {
        lock (_gate)
        {
            Segment segment = fetch.Segment;
            if (_isClosed || fetch.IsRescue || segment.Fetches.Count > 1 || answerEnd <= segment.End)
            {
                return false;
            }

            int index = _segments.IndexOf(segment);
            if (segment.End == _next)
            {
                segment.End = Math.Min(answerEnd, _isWhole ? End : segment.End + length);
                Interlocked.Exchange(ref _next, segment.End);
            }
            else if (index >= 0
                && index + 1 < _segments.Count
                && _segments[index + 1] is { } next
                && next.Received == next.Start
                && next.InUse == 0
                && next.End <= answerEnd)
            {
                segment.End = next.End;
                _segments.RemoveAt(index + 1);
                _givenBack.Remove(next.Start);
                next.Close();
                foreach (SegmentFetch other in next.Fetches)
                {
                    other.Overtake();
                }
            }
            else
            {
                return false;
            }

            Signal();
            return true;
        }
    }

    /// <summary>
    /// Makes the segment that was handed out last reach to the end of the file: the server sends more than it was asked for.
    /// </summary>
    public void Extend(SegmentFetch fetch)
    {
        lock (_gate)
        {
            if (fetch.Segment.End == _next)
            {
                fetch.Segment.End = End;
                Interlocked.Exchange(ref _next, End);
                _isWhole = true;
            }
        }
    }

    /// <summary>
    /// A block for the fetch to fill; null when there is no memory, when the contest for the lead has not settled, or when enough others
    /// deliver.
    /// </summary>
    public byte[]? TryRent(SegmentFetch fetch)
    {
        lock (_gate)
        {
            Segment segment = fetch.Segment;
            if (fetch.IsOvertaken || fetch.Position >= _limit)
            {
                return null;
            }

            if (fetch.IsRescue)
            {
                fetch.IsReading = true;
                return _pool.Take();
            }

            bool isNeeded = segment.IsHead || segment.WasBroken;
            if (!isNeeded && !((fetch.IsReading || _fetches.Count(other => other.IsReading) < _mostReading) && HasRoom(segment)))
            {
                return null;
            }

            byte[]? block = isNeeded && segment.InUse < BlocksOfHead ? _pool.Take() : _pool.TryTake();
            if (block is not null)
            {
                segment.InUse++;
                fetch.IsReading = true;
            }

            return block;
        }
    }

    /// <summary>Ends when memory may be had that could not be had before.</summary>
    public Task MemoryChanged() => _pool.Changed();

    /// <summary>
    /// Hands a block on to the writer, unless another connection was faster. What a second connection brings is kept until it has all.
    /// </summary>
    public void Deliver(SegmentFetch fetch, byte[] block, int length)
    {
        lock (_gate)
        {
            Segment segment = fetch.Segment;
            if (fetch.IsRescue)
            {
                fetch.Kept.Add(new Block(block, 0, length));
                if (fetch.Position >= segment.End)
                {
                    Adopt(fetch);
                }
            }
            else if (length == 0 || segment.IsComplete || segment.Fetches.FirstOrDefault(other => !other.IsRescue) != fetch)
            {
                segment.InUse--;
                _pool.Return(block);
            }
            else
            {
                HandOn(fetch, new Block(block, 0, length));
            }
        }
    }

    /// <summary>Ends a connection's part in a segment; one that is not complete waits for another.</summary>
    public void Leave(SegmentFetch fetch)
    {
        lock (_gate)
        {
            Segment segment = fetch.Segment;
            segment.Leave(fetch);
            _fetches.Remove(fetch);
            foreach (Block block in fetch.Kept)
            {
                _pool.Return(block.Bytes);
            }

            fetch.Kept.Clear();
            if (!segment.IsComplete && segment.Fetches.All(other => other.IsRescue) && _segments.Contains(segment))
            {
                _givenBack[segment.Start] = segment;
            }

            if (!fetch.IsRescue && segment.IsComplete && fetch.Start == segment.Start && fetch.SecondsPerByte > 0)
            {
                _secondsPerByte = _secondsPerByte == 0 ? fetch.SecondsPerByte : ((_secondsPerByte * 3) + fetch.SecondsPerByte) / 4;
            }

            Signal();
        }

        _pool.Wake();
    }

    /// <summary>Its connection broke: from now on the segment gets memory without asking.</summary>
    public void Broke(Segment segment)
    {
        lock (_gate)
        {
            segment.WasBroken = true;
        }
    }

    /// <summary>
    /// The segment that the writer waits for, if only one connection brings it and its bytes lie in one answer; else null.
    /// </summary>
    public SegmentFetch? LoneHead()
    {
        lock (_gate)
        {
            return _segments.Count > 0 && !_segments[0].IsComplete && _segments[0].Fetches.Count == 1 ? _segments[0].Fetches[0] : null;
        }
    }

    /// <summary>Takes note of how long a first byte took.</summary>
    public void FirstByteTook(TimeSpan taken)
    {
        lock (_gate)
        {
            _secondsToFirstByte = _firstBytes++ == 0 ? taken.TotalSeconds : ((_secondsToFirstByte * 3) + taken.TotalSeconds) / 4;
        }
    }

    /// <summary>Counts the writer's work.</summary>
    public void CountWork(TimeSpan worked) => Interlocked.Add(ref _writerTicks, worked.Ticks);

    /// <summary>Ends when something has changed that may let a connection begin: room, a segment given back, all received.</summary>
    public Task Changed()
    {
        lock (_gate)
        {
            return _changed.Task;
        }
    }

    /// <summary>The segment whose bytes are next. Waits until it is handed out; null when none will be.</summary>
    public async Task<Segment?> HeadAsync()
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_segments.Count > 0)
                {
                    return _segments[0];
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

    /// <summary>The writer is done with a block.</summary>
    public void Consumed(Segment segment, Block block)
    {
        lock (_gate)
        {
            segment.Consumed();
            Interlocked.Add(ref _written, block.Length);
        }

        _pool.Return(block.Bytes);
    }

    /// <summary>The writer has taken all of the first segment.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            _segments.RemoveAt(0);
            if (_segments.Count > 0)
            {
                _segments[0].IsHead = true;
            }

            Signal();
        }

        _pool.Wake();
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
            foreach (Segment segment in _segments)
            {
                while (segment.Blocks.TryRead(out Block block))
                {
                    _pool.Return(block.Bytes);
                }
            }

            _segments.Clear();
        }
    }

    private SegmentFetch Begin(Segment segment, bool isRescue, bool runsToEnd, CancellationToken cancellationToken)
    {
        var fetch = new SegmentFetch(this, segment, isRescue, cancellationToken) { RunsToEnd = runsToEnd };
        segment.Begin(fetch);
        _fetches.Add(fetch);
        return fetch;
    }

    private bool HasRoom(Segment segment)
        => segment.IsHead || Math.Min(segment.Received + BlockPool.BlockSize, segment.End) <= _written + MostAhead;

    /// <summary>Takes over what a second connection has fetched to the end, as far as it is still missing.</summary>
    private void Adopt(SegmentFetch rescue)
    {
        long start = rescue.Start;
        foreach (Block block in rescue.Kept)
        {
            int known = (int)Math.Clamp(rescue.Segment.Received - start, 0, block.Length);
            start += block.Length;
            if (known == block.Length)
            {
                _pool.Return(block.Bytes);
            }
            else
            {
                rescue.Segment.InUse++;
                HandOn(rescue, block with { Offset = block.Offset + known, Length = block.Length - known });
            }
        }

        rescue.Kept.Clear();
    }

    private void HandOn(SegmentFetch fetch, Block block)
    {
        fetch.Segment.HandOn(block, fetch);
        if (Interlocked.Add(ref _received, block.Length) == End)
        {
            Signal();
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
