namespace HubCache.Transfer;

/// <summary>
/// Decides what is asked for next, and when: on as many connections as help, each next segment as long before the end of the present one as
/// a first byte takes. It knows no network and starts nothing itself.
/// </summary>
/// <param name="window">What is missing.</param>
/// <param name="source">Says where the file may be cut.</param>
/// <param name="most">The most connections that may deliver.</param>
internal sealed class SegmentSchedule(OrderedWindow window, IByteSource source, int most)
{
    /// <summary>The most connections of a file, those that wait for a first byte too.</summary>
    public const int MostConnections = 32;

    // A lone connection that goes on in ranges of this many seconds is asked for the next one seldom, and can still be joined by others
    // soon.
    private const double SecondsOfLoneSegment = 4;

    // A connection that needs so many times as long as the others do for a segment of this length holds them up.
    private const int SlowFactor = 3;
    private const long LongestRescue = 16 << 20;
    private const long LongestSegment = 32 << 20;

    // A segment takes no longer than this, or than some first bytes: more connections may be wanted by then, and all of them wait for it.
    private const double SecondsOfSegment = 1;
    private const double FirstBytesOfSegment = 3;

    private static readonly TimeSpan ShortestRescueDelay = TimeSpan.FromMilliseconds(250);

    // So much progress makes up for a connection that broke: its segment is asked for again beside the others.
    private const long ProgressForRepeat = 1 << 20;

    private ConnectionScaler? _scaler;
    private long _repeatedAt = -ProgressForRepeat;
    private bool _hasFailed;
    private bool _wasShared;

    /// <summary>How many connections are to deliver.</summary>
    public int Wanted { get; private set; } = 1;

    private ConnectionScaler Scaler => _scaler ??= new ConnectionScaler(most, Prospect, window.Clock);

    private double ToFirstByte => window.TimeToFirstByte.TotalSeconds;

    private double Rate => Math.Max(1, Scaler.Rate);

    /// <summary>Bytes a second of one connection while it delivers.</summary>
    private double RateOfOne => window.SecondsPerByte > 0 ? 1 / window.SecondsPerByte : Rate / Wanted;

    /// <summary>Looks at how far the file is. Called many times a second.</summary>
    /// <param name="received">Bytes read, however far they were handed on.</param>
    /// <param name="areScarce">Whether the call has no more than one connection for the file.</param>
    public void Look(long received, bool areScarce)
    {
        if (window.IsLimited)
        {
            return;
        }

        SegmentFetch[] fetches = window.Fetches();
        var view = new TransferView(received, fetches.Count(fetch => fetch.IsReading), window.FirstBytes, window.WriterWorked);
        var cycle = TimeSpan.FromSeconds(Wanted == 1 ? 0 : LengthFor(Wanted) / RateOfOne);
        Scaler.Look(view, window.TimeToFirstByte, cycle == TimeSpan.Zero ? TimeSpan.MaxValue / 4 : cycle);
        Wanted = areScarce || window.IsWhole ? 1 : Scaler.Wanted;
        window.ReadAtMost(Wanted);
        if (Wanted > 1)
        {
            Share(fetches);
        }
    }

    /// <summary>A connection was refused or broke.</summary>
    public void Failed()
    {
        Scaler.Failed();
        (_hasFailed, Wanted) = (true, Scaler.Wanted);
    }

    /// <summary>The next thing to ask for, with a connection for it; null when there is none now.</summary>
    /// <param name="tryEnter">Gets a connection; told how many are in use.</param>
    /// <param name="cancellationToken">Ends what begins here.</param>
    public SegmentFetch? Next(Func<int, bool> tryEnter, CancellationToken cancellationToken)
    {
        SegmentFetch[] fetches = window.Fetches();
        if (window.GivenBack() is Segment segment)
        {
            return Repeat(segment, fetches, tryEnter, cancellationToken);
        }

        if (fetches.Length == 0 || IsAnotherDue(fetches))
        {
            (long end, bool runsToEnd) = EndOfNext(fetches.Length);
            return window.Unasked > 0 && tryEnter(fetches.Length) ? window.TryBegin(end, runsToEnd, cancellationToken) : null;
        }

        return Wanted > 1 && SlowHead() is Segment slow && tryEnter(fetches.Length)
            ? window.Begin(slow, isRescue: true, cancellationToken)
            : null;
    }

    /// <summary>
    /// What was given back gets a connection; what the writer waits for gets one beyond those wanted, too, when all others wait for it.
    /// </summary>
    private SegmentFetch? Repeat(Segment segment, SegmentFetch[] fetches, Func<int, bool> tryEnter, CancellationToken cancellationToken)
    {
        int inUse = fetches.Length;
        bool hasTurn = inUse < Wanted || (segment.IsHead && fetches.All(fetch => fetch.IsHeld));

        // Without progress since the last time, that is no reason twice: when no connection is left, patience is asked.
        bool isFree = !segment.WasBroken || !_hasFailed;
        if (!hasTurn || !(isFree || (inUse > 0 && window.Received >= _repeatedAt + ProgressForRepeat)) || !tryEnter(inUse))
        {
            return null;
        }

        _repeatedAt = isFree ? _repeatedAt : window.Received;
        return window.Begin(segment, isRescue: false, cancellationToken);
    }

    /// <summary>How many bytes that nobody was asked for an answer to the whole rest may take over at its end.</summary>
    public long MayGoOnFor() => Wanted == 1 ? window.End : LengthFor(Wanted);

    /// <summary>Bytes a second that a number of connections can bring at best.</summary>
    private double Prospect(int connections)
    {
        double one = Math.Max(RateOfOne, Rate / Wanted);
        double segment = LengthFor(connections);
        int sockets = Math.Min(2 * connections, MostConnections);
        return connections == 1 ? one : Math.Min(connections * one, sockets * segment / (ToFirstByte + (segment / one)));
    }

    /// <summary>Bytes of a segment when so many connections share the window: half of it lies ready behind them.</summary>
    private long LengthFor(int connections)
    {
        double inTime = RateOfOne * Math.Max(SecondsOfSegment, FirstBytesOfSegment * ToFirstByte);
        return Math.Max(
            source.Cuts.ShortestSegment, Math.Min((long)inTime, Math.Min(window.MostAhead / (2 * connections), LongestSegment)));
    }

    private bool IsAnotherDue(SegmentFetch[] fetches)
    {
        if (window.Unasked == 0 || fetches.Length >= Math.Min(2 * Wanted, MostConnections))
        {
            return false;
        }

        double toFirstByte = ToFirstByte;
        int deliverThen = fetches.Count(fetch => SecondsLeft(fetch, toFirstByte) > toFirstByte);
        long length = Wanted == 1 ? source.Cuts.ShortestSegment : LengthFor(Wanted);
        return deliverThen < Wanted && window.Ahead + length <= window.MostAhead + (long)(Rate * toFirstByte);
    }

    private double SecondsLeft(SegmentFetch fetch, double toFirstByte)
    {
        double wait = fetch.HasFirstByte ? 0 : Math.Max(0, toFirstByte - fetch.Elapsed.TotalSeconds);
        return wait + ((fetch.Segment.End - fetch.Position) * PaceOf(fetch));
    }

    private double PaceOf(SegmentFetch fetch) => fetch.SecondsPerByte > 0 ? fetch.SecondsPerByte : 1 / RateOfOne;

    private (long End, bool RunsToEnd) EndOfNext(int atWork)
    {
        long unasked = window.Unasked;
        if (Wanted == 1)
        {
            // The first request is as long as the file. After others were tried, a lone connection goes on in long ranges.
            bool isAll = source.Cuts.RunsToEnd && !_wasShared;
            return isAll || most == 1 && source.Cuts.RunsToEnd
                ? (window.End, true)
                : (source.CutNear(window.Next, Math.Min(unasked, Math.Max(LengthFor(1), (long)(Rate * SecondsOfLoneSegment)))), false);
        }

        // At the end of the file shorter ones, or all would wait for the last; but none that takes less time than its first byte.
        long whole = LengthFor(Wanted);
        long worthIt = Math.Clamp((long)(RateOfOne * ToFirstByte), Math.Min(source.Cuts.ShortestSegment, whole), whole);
        long length = Math.Clamp(unasked / (2 * Wanted), worthIt, whole);
        return (source.CutNear(window.Next, Math.Min(length, unasked)), false);
    }

    /// <summary>Shortens what a lone connection was asked for, so that others can work on the rest.</summary>
    private void Share(SegmentFetch[] fetches)
    {
        if (window.Unasked > 0 || fetches.FirstOrDefault(fetch => fetch.RunsToEnd && !fetch.IsRescue && fetch.Segment.End == window.End)
            is not SegmentFetch last || !last.HasFirstByte)
        {
            return;
        }

        // Up to there it gets while the others wait for their first byte, and some way beyond.
        long length = (long)(ToFirstByte / Math.Max(1e-12, PaceOf(last))) + LengthFor(Wanted);
        if (last.Segment.End - last.Position > length + source.Cuts.ShortestSegment)
        {
            window.Cut(last, source.CutNear(last.Position, length));
            _wasShared = true;
        }
    }

    /// <summary>The segment that holds up those behind it, when its connection is much slower than the others; else null.</summary>
    private Segment? SlowHead()
    {
        if (window.SecondsPerByte == 0 || window.LoneHead() is not SegmentFetch head || window.GivenBack() is not null)
        {
            return null;
        }

        Segment segment = head.Segment;
        long length = source.Cuts.GoesOnInside ? segment.End - segment.Received : segment.End - segment.Start;
        TimeSpan usual = TimeSpan.FromSeconds((ToFirstByte + (window.SecondsPerByte * (segment.End - head.Start))) * SlowFactor);
        return length <= LongestRescue && head.Elapsed > (usual > ShortestRescueDelay ? usual : ShortestRescueDelay) ? segment : null;
    }
}
