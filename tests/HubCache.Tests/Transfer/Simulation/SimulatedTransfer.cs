using HubCache.Transfer;

namespace HubCache.Tests.Transfer.Simulation;

/// <summary>
/// A file on its way over a link, in virtual time: window, schedule, scaler and memory are the real ones; connections are arithmetic, and
/// the writer takes no time. Connections that deliver share the line fairly.
/// </summary>
internal sealed class SimulatedTransfer : IDisposable
{
    private const double Tick = 0.015;
    private const double LongestUnread = 5;
    private const double Pause = 1;

    private readonly Link _link;
    private readonly Random _random;
    private readonly VirtualClock _clock = new();
    private readonly BlockPool _pool = new();
    private readonly OrderedWindow _window;
    private readonly FileTickets _tickets;
    private readonly List<Connection> _connections = [];
    private readonly Source _source;
    private SegmentSchedule _schedule;
    private Segment? _head;
    private double _read;

    /// <summary>Begins at an offset, as with bytes that an earlier download left: nobody wants to simulate all of a terabyte.</summary>
    public SimulatedTransfer(Link link, long start, int seed)
    {
        (_link, _random, _source) = (link, new Random(seed), new Source(link));
        _window = new OrderedWindow(start, link.Length, link.MostAhead, _pool, _clock);
        _tickets = new FileTickets(new Connections(link.Most, 1, _clock));
        _schedule = new SegmentSchedule(_window, _source, link.Most);
    }

    /// <summary>Seconds so far.</summary>
    public double Seconds => _clock.Seconds;

    /// <summary>Bytes that the writer was given, in order.</summary>
    public long Written { get; private set; }

    /// <summary>Bytes that came over the link.</summary>
    public long Read => (long)_read;

    /// <summary>The most bytes that were in memory at once.</summary>
    public long MostMemory { get; private set; }

    /// <summary>The most connections that delivered, and that were open.</summary>
    public (int Delivering, int Open) Most { get; private set; }

    public bool IsDone => _window.IsReceived;

    public int Wanted => _schedule.Wanted;

    /// <summary>Bytes that nobody was asked for.</summary>
    public long Unasked => _window.Unasked;

    public void Dispose() => _tickets.Dispose();

    /// <summary>One step: what happens next, happens.</summary>
    public void Step()
    {
        Write();
        _schedule.Look((long)_read, areScarce: false);
        while (_schedule.Next(inUse => _tickets.TryEnter(inUse, _schedule.Wanted), default) is SegmentFetch fetch)
        {
            _connections.Add(new Connection(
                fetch, Seconds + _link.FirstByte, _random.NextDouble() < _link.Refusals)
            { UnreadSince = Seconds + _link.FirstByte });
        }

        if (_connections.Count == 0)
        {
            // All broke: the next attempt begins after a pause.
            _clock.Advance(Pause);
            _schedule = new SegmentSchedule(_window, _source, _link.Most);
            return;
        }

        GetMemory();
        Connection[] reading = [.. _connections.Where(connection => connection.Block is not null)];
        double rate = reading.Length == 0 ? 0 : Math.Min(_link.PerConnection, _link.Line / reading.Length);
        Most = (Math.Max(Most.Delivering, reading.Length), Math.Max(Most.Open, _connections.Count));
        MostMemory = Math.Max(MostMemory, (long)_pool.Taken * BlockPool.BlockSize);
        double step = Seconds > 20 ? 20 * Tick : Tick;
        foreach (Connection connection in _connections)
        {
            step = connection.Block is not null ? Math.Min(step, connection.Left / rate)
                : connection.FirstByteAt > Seconds ? Math.Min(step, connection.FirstByteAt - Seconds) : step;
        }

        _clock.Advance(step);
        foreach (Connection connection in reading)
        {
            connection.Read(rate * step);
            _read += rate * step;
        }

        foreach (Connection connection in _connections.ToArray())
        {
            GoOn(connection);
        }
    }

    private void GetMemory()
    {
        foreach (Connection connection in _connections.Where(
            connection => connection.Block is null && connection.FirstByteAt <= Seconds && !connection.IsRefused))
        {
            if (connection.Fetch.Position < connection.Fetch.Segment.End && connection.Fetch.TryRent() is byte[] block)
            {
                connection.Begin(block);
            }
        }
    }

    private void GoOn(Connection connection)
    {
        SegmentFetch fetch = connection.Fetch;
        bool isBroken = connection.IsRefused && connection.FirstByteAt <= Seconds;
        if (connection.Block is byte[] block && connection.Left < 1)
        {
            fetch.FirstByteCame();
            if (fetch.Position + connection.Filled == fetch.Segment.End && fetch.RunsToEnd)
            {
                _window.TryGoOn(fetch, _link.Length, _schedule.MayGoOnFor());
            }

            isBroken |= _random.NextDouble() < _link.Trouble;
            connection.Block = null;
            connection.UnreadSince = Seconds;
            fetch.Deliver(block, (int)Math.Min(connection.Filled, fetch.Segment.End - fetch.Position));
        }

        if (isBroken || fetch.Token.IsCancellationRequested || fetch.Segment.IsComplete || fetch.Position >= fetch.Segment.End
            || (connection.Block is null && connection.FirstByteAt <= Seconds && Seconds - connection.UnreadSince > LongestUnread))
        {
            End(connection, isBroken && !fetch.Segment.IsComplete);
        }
    }

    private void End(Connection connection, bool isBroken)
    {
        _connections.Remove(connection);
        if (connection.Block is byte[] block)
        {
            connection.Fetch.Deliver(block, 0);
        }

        if (isBroken)
        {
            _window.Broke(connection.Fetch.Segment);
            if (_connections.Count > 0)
            {
                _schedule.Failed();
            }
        }

        connection.Fetch.Dispose();
        _tickets.Keep(_connections.Count);
    }

    private void Write()
    {
        while (Head() is Segment head)
        {
            while (head.Blocks.TryRead(out Block block))
            {
                Written += block.Length;
                _window.Consumed(head, block);
            }

            if (!head.IsComplete)
            {
                return;
            }

            _window.Retire();
            _head = null;
        }
    }

    private Segment? Head()
    {
        if (_head is null)
        {
            Task<Segment?> head = _window.HeadAsync();
            _head = head.IsCompleted ? head.Result : null;
        }

        return _head;
    }

    private sealed class Connection(SegmentFetch fetch, double firstByteAt, bool isRefused)
    {
        private double _filled;

        public SegmentFetch Fetch => fetch;

        public double FirstByteAt => firstByteAt;

        public bool IsRefused => isRefused;

        public byte[]? Block { get; set; }

        public double UnreadSince { get; set; }

        /// <summary>Bytes until the block is full, or the segment over.</summary>
        public double Left => Math.Min(BlockPool.BlockSize, fetch.Segment.End - fetch.Position) - _filled;

        public int Filled => (int)Math.Round(_filled);

        public void Begin(byte[] block) => (Block, _filled) = (block, 0);

        public void Read(double bytes) => _filled += Math.Min(bytes, Left);
    }

    private sealed class Source(Link link) : IByteSource
    {
        public CutRules Cuts => CutRules.Anywhere;

        public TimeSpan RoundTrip => TimeSpan.FromSeconds(link.FirstByte);

        public long CutNear(long start, long length) => Math.Min(start + length, link.Length);

        public Task<ByteAnswer> OpenAsync(long start, long? count, CancellationToken cancellationToken)
            => throw new NotSupportedException();

        public void Forget()
        {
        }
    }
}
