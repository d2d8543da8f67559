namespace HubCache.Transfer;

/// <summary>What a file's transfer looks like at a moment.</summary>
/// <param name="Received">Bytes read so far.</param>
/// <param name="Reading">Connections that deliver.</param>
/// <param name="FirstBytes">Answers that have begun so far.</param>
/// <param name="WriterWorked">How long the bytes have been hashed and written so far.</param>
internal readonly record struct TransferView(long Received, int Reading, int FirstBytes, TimeSpan WriterWorked);

/// <summary>
/// How many connections a file is worth: begins with one, takes more as long as the bytes come faster for it, and goes back when they do
/// not. New ones are judged after they delivered: a first byte that takes long is not a slow connection.
/// </summary>
/// <param name="most">The most connections that may deliver.</param>
/// <param name="prospect">Bytes a second that a number of connections can bring at best, by what is known of each.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class ConnectionScaler(int most, Func<int, double> prospect, TimeProvider clock)
{
    // Twice the connections bring twice the bytes where connections are the limit, and nothing more where they are not.
    private const double WorthIt = 1.1;

    // A writer that has so little rest leaves no room for twice the bytes; where it shares its processors with the sender, not even for
    // more.
    private const double BusyWriter = 0.4;

    // So clear a gain says that the connections are the limit, and nothing else in sight.
    private const double Clear = 1.6;

    private const int SharesOfFirstByte = 4;

    private static readonly TimeSpan ShortestMeasuring = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan ShortestSettling = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan LongestSettling = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestMeasuring = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestArrival = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstRest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(2);

    private Phase _phase = Phase.Arriving;
    private long _phaseBegan = clock.GetTimestamp();
    private TransferView _atStart;
    private bool _isProbing;
    private double _rateBefore;
    private int _before = 1;
    private TimeSpan _rest = FirstRest;

    private enum Phase
    {
        /// <summary>Those that are new have not delivered yet.</summary>
        Arriving,

        Settling,
        Measuring,
        Resting,
    }

    /// <summary>How many connections are to deliver now.</summary>
    public int Wanted { get; private set; } = 1;

    /// <summary>Bytes a second in the last measurement; 0 before the first.</summary>
    public double Rate { get; private set; }

    /// <summary>Whether more connections were tried, or thought of, and are not worth it for now.</summary>
    public bool IsResting => _phase == Phase.Resting;

    /// <summary>Looks at how far the file is. Called many times a second.</summary>
    /// <param name="view">What it looks like.</param>
    /// <param name="toFirstByte">How long a first byte takes.</param>
    /// <param name="cycle">How long a connection works for a segment, its first byte left out; zero when that is not known.</param>
    public void Look(TransferView view, TimeSpan toFirstByte, TimeSpan cycle)
    {
        TimeSpan elapsed = clock.GetElapsedTime(_phaseBegan);
        TimeSpan share = toFirstByte / SharesOfFirstByte;
        switch (_phase)
        {
            case Phase.Resting when elapsed >= _rest:
                Begin(Phase.Measuring, view);
                break;
            case Phase.Arriving when HaveArrived(view)
                || (view.Received > _atStart.Received && elapsed > LongestArrival + (3 * toFirstByte)):
                Begin(Phase.Settling, _atStart);
                break;
            case Phase.Settling when elapsed >= Clamp(share, ShortestSettling, LongestSettling):
                Begin(Phase.Measuring, view);
                break;
            case Phase.Measuring when elapsed >= Clamp(
                cycle < 2 * toFirstByte ? 2 * (cycle + toFirstByte) : share, ShortestMeasuring, LongestMeasuring):
                Decide(view, elapsed);
                break;
        }
    }

    /// <summary>A connection was refused or broke.</summary>
    public void Failed()
    {
        Wanted = Math.Max(1, Wanted / 2);
        Rest();
    }

    private static TimeSpan Clamp(TimeSpan value, TimeSpan least, TimeSpan most) => value < least ? least : value > most ? most : value;

    private bool HaveArrived(TransferView view)
        => view.Received > _atStart.Received && (view.Reading >= Wanted || view.FirstBytes - _atStart.FirstBytes >= 2 * Wanted);

    private void Decide(TransferView view, TimeSpan elapsed)
    {
        double rate = (view.Received - _atStart.Received) / elapsed.TotalSeconds;
        double writerLoad = (view.WriterWorked - _atStart.WriterWorked) / elapsed;
        if (rate == 0)
        {
            // What does not move at all says nothing of connections.
            Begin(Phase.Measuring, view);
            return;
        }

        Rate = rate;
        if (_isProbing && rate < _rateBefore * WorthIt)
        {
            Wanted = _before;
            Rest();
        }
        else if (writerLoad > BusyWriter || Next(rate) is not (int more and > 0))
        {
            Rest();
        }
        else
        {
            (_rateBefore, _before, _isProbing) = (rate, Wanted, true);
            Wanted = more;
            Begin(Phase.Arriving, view);
        }
    }

    /// <summary>How many to try; 0 when no more can bring anything.</summary>
    private int Next(double rate)
    {
        int more = Math.Min(most, Wanted * (_isProbing && rate > _rateBefore * Clear ? 4 : 2));
        while (more < most && prospect(more) < rate * WorthIt)
        {
            more = Math.Min(most, more * 2);
        }

        return more > Wanted && prospect(more) >= rate * WorthIt ? more : 0;
    }

    private void Rest()
    {
        _isProbing = false;
        _rest = _rest < LongestRest / 2 ? _rest * 2 : LongestRest;
        Begin(Phase.Resting, default);
    }

    private void Begin(Phase phase, TransferView view)
    {
        (_phase, _phaseBegan, _atStart) = (phase, clock.GetTimestamp(), view);
    }
}
