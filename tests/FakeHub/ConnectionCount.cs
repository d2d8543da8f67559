using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FakeHub;

/// <summary>
/// How many TCP connections are open, idle ones and those to the control routes included. A connection counts until the server has
/// noticed its end, so a test of a client's limit asks <see cref="RequestLog.MostAtOnce"/> instead.
/// </summary>
public sealed class ConnectionCount
{
    private readonly object _gate = new();
    private readonly Gauge _all = new();
    private int _total;
    private readonly Dictionary<Origin, Gauge> _origins = new() { [Origin.Hub] = new(), [Origin.Storage] = new() };

    public int Open(Origin? origin = null) => Read(origin, gauge => gauge.Now);

    /// <summary>How many were made, whatever became of them.</summary>
    public int Total => Volatile.Read(ref _total);

    public int Most(Origin? origin = null) => Read(origin, gauge => gauge.Most);

    /// <summary>From here on, the most is of what is open now or later.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (Gauge gauge in _origins.Values.Append(_all))
            {
                gauge.Forget();
            }
        }
    }

    internal void CountOn(ListenOptions listen, Origin origin) => listen.Use(next => async connection =>
    {
        Interlocked.Increment(ref _total);
        Move(origin, 1);
        try
        {
            await next(connection);
        }
        finally
        {
            Move(origin, -1);
        }
    });

    private int Read(Origin? origin, Func<Gauge, int> value)
    {
        lock (_gate)
        {
            return value(origin is Origin one ? _origins[one] : _all);
        }
    }

    private void Move(Origin origin, int by)
    {
        lock (_gate)
        {
            _origins[origin].Move(by);
            _all.Move(by);
        }
    }

    private sealed class Gauge
    {
        public int Now { get; private set; }

        public int Most { get; private set; }

        public void Move(int by)
        {
            Now += by;
            Most = Math.Max(Most, Now);
        }

        public void Forget() => Most = Now;
    }
}
