using System.Diagnostics;

namespace HubCache.Transfer;

/// <summary>How many connections a file is worth: begins with one, doubles as long as the bytes come faster for it, and goes back when they do not.</summary>
internal sealed class ConnectionScaler(int most)
{
    // Twice the connections bring twice the bytes where connections are the limit, and nothing more where they are not.
    private const double WorthIt = 1.2;

    // A writer that has so little rest leaves no room for twice the bytes; where it shares its processors with the sender, not even for more.
    private const double BusyWriter = 0.4;

    // So clear a gain says that the connections are the limit, and nothing else in sight.
    private const double Clear = 1.7;

    private static readonly TimeSpan Measuring = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan ShortestSettling = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan FirstRest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(2);

    private readonly Stopwatch _phase = Stopwatch.StartNew();
    private long _bytesAtStart;
    private bool _isMeasuring;
    private bool _isResting;
    private bool _isProbing;
    private double _rateBefore;
    private int _before = 1;
    private TimeSpan _rest = FirstRest;
    private TimeSpan _workedAtStart;

    /// <summary>How many connections are wanted now.</summary>
    public int Wanted { get; private set; } = 1;

    /// <summary>Bytes a second in the last measurement; 0 before the first.</summary>
    public double Rate { get; private set; }

    /// <summary>Whether more connections were tried and are not worth it for now.</summary>
    public bool IsResting => _isResting;

    /// <summary>Looks at how far the file is. Called many times a second.</summary>
    /// <param name="received">Bytes so far.</param>
    /// <param name="open">Connections at work.</param>
    /// <param name="settling">How long a new connection takes to get going.</param>
    /// <param name="writerWorked">How long the bytes have been hashed and written so far.</param>
    public void Look(long received, int open, TimeSpan settling, TimeSpan writerWorked)
    {
        if (_isResting)
        {
            if (_phase.Elapsed < _rest)
            {
                return;
            }

            _isResting = false;
            Begin(received, writerWorked, isMeasuring: true);
            return;
        }

        if (!_isMeasuring)
        {
            if (received > _bytesAtStart && open >= Wanted && _phase.Elapsed >= (settling > ShortestSettling ? settling : ShortestSettling))
            {
                Begin(received, writerWorked, isMeasuring: true);
            }

            return;
        }

        if (_phase.Elapsed >= Measuring)
        {
            Decide((received - _bytesAtStart) / _phase.Elapsed.TotalSeconds, (writerWorked - _workedAtStart) / _phase.Elapsed, open);
            Begin(received, writerWorked, isMeasuring: false);
        }
    }

    /// <summary>A connection was refused or broke.</summary>
    public void Failed()
    {
        Wanted = Math.Max(1, Wanted / 2);
        Rest();
    }

    private void Decide(double rate, double writerLoad, int open)
    {
        if (rate == 0)
        {
            // What does not move at all says nothing of connections.
            return;
        }

        Rate = rate;
        if (_isProbing && rate < _rateBefore * WorthIt)
        {
            Wanted = _before;
            Rest();
        }
        else if (Wanted >= most || writerLoad > BusyWriter || open < Wanted)
        {
            Rest();
        }
        else
        {
            int times = _isProbing && rate > _rateBefore * Clear ? 4 : 2;
            (_rateBefore, _before, _isProbing) = (rate, Wanted, true);
            Wanted = Math.Min(most, Wanted * times);
        }
    }

    private void Rest()
    {
        (_isResting, _isProbing) = (true, false);
        _phase.Restart();
        _rest = _rest < LongestRest / 2 ? _rest * 2 : LongestRest;
    }

    private void Begin(long received, TimeSpan writerWorked, bool isMeasuring)
    {
        (_bytesAtStart, _workedAtStart, _isMeasuring) = (received, writerWorked, isMeasuring);
        if (!_isResting)
        {
            _phase.Restart();
        }
    }
}
