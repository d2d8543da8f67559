namespace HubCache.Transfer;

/// <summary>The connections of one file: as many as help, as few as the other side asks for.</summary>
internal sealed class FileConnections(IByteSource source, TransferRules rules, TransferBudget budget, FileProgress progress, Action<string> note)
{
    private const long ShortestSegment = 1 << 20;
    private const int SegmentsOfFile = 32;
    private const double SecondsOfLoneSegment = 2;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(15);

    private int _open;
    private int _wanted;

    /// <summary>The most connections that were open at once so far.</summary>
    public int MostOpen { get; private set; }

    /// <summary>Fetches what the window is missing.</summary>
    /// <param name="window">Keeps what was received whatever happens here.</param>
    /// <param name="slowWindow">Over how long less than 1 KB a second is a stall.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="TransientException">The last connection broke.</exception>
    /// <exception cref="StartOverException">The bytes so far cannot be added to.</exception>
    public async Task RunAsync(OrderedWindow window, TimeSpan slowWindow, CancellationToken cancellationToken)
    {
        long shortSegment = Math.Clamp(window.End / SegmentsOfFile / ShortestSegment * ShortestSegment, ShortestSegment, (long)budget.Memory.BlocksOfSegment * BlockPool.BlockSize);
        var scaler = new ConnectionScaler(budget.ConnectionsPerFile);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> connections = [];
        long strandedAt = -ShortestSegment;
        (_open, _wanted) = (0, 1);
        Add();
        try
        {
            while (connections.Count > 0)
            {
                Task first = await (stop.IsCancellationRequested ? Task.WhenAny(connections) : Task.WhenAny([.. connections, TickAsync()])).ConfigureAwait(false);
                if (connections.Remove(first))
                {
                    await EndAsync(first, connections.Count, scaler).ConfigureAwait(false);
                }
                else
                {
                    Adjust(window, scaler);
                }

                while (connections.Count > 0 && (IsWorthAnother() || IsStranded()) && budget.Connections.TryEnter())
                {
                    if (IsStranded())
                    {
                        strandedAt = window.Received;
                    }

                    Add();
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(connections).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
            for (int more = connections.Count; more > 1; more--)
            {
                budget.Connections.Leave();
            }
        }

        void Add()
        {
            Interlocked.Increment(ref _open);
            var connection = new SegmentFetcher(window, source, rules, budget, progress);
            connections.Add(Task.Run(() => connection.RunAsync(SegmentLength, MayLeave, new StallClock(slowWindow), stop.Token), CancellationToken.None));
            MostOpen = Math.Max(MostOpen, connections.Count);
        }

        // A lone connection asks for long segments, since each costs a round trip; several share the file in short ones, and its end in shorter
        // ones still, or all would wait for the last.
        long SegmentLength() => budget.ConnectionsPerFile == 1 ? window.End
            : scaler is { Wanted: 1, IsResting: true } ? Math.Max(shortSegment, (long)(scaler.Rate * SecondsOfLoneSegment))
            : Math.Clamp(window.Unasked / (2 * Math.Max(1, _wanted)), ShortestSegment, shortSegment);

        bool IsWorthAnother() => connections.Count < _wanted && window.Unasked > shortSegment;

        // A segment whose connection broke may be what the last one waits for. Without progress in between, that is no reason twice: patience has an end.
        bool IsStranded() => connections.Count == 1 && window.HasGivenBack && window.Received >= strandedAt + ShortestSegment;

        Task TickAsync() => Task.Delay(window.Unasked > shortSegment || window.HasGivenBack ? Tick : Timeout.InfiniteTimeSpan, stop.Token);
    }

    private void Adjust(OrderedWindow window, ConnectionScaler scaler)
    {
        if (window.IsLimited)
        {
            return;
        }

        // What was read, not what was handed on: that comes in blocks, and a few of them are no measure.
        scaler.Look(progress.BytesReceived, _open, source.RoundTrip * 2, window.WriterWorked);
        _wanted = budget.Connections.AreScarce ? 1 : scaler.Wanted;
        if (_wanted > 1)
        {
            window.Share(ShortestSegment);
        }
    }

    /// <summary>A connection above the number wanted leaves at the end of its segment; the last one never does.</summary>
    private bool MayLeave()
    {
        int open = Volatile.Read(ref _open);
        return open > Math.Max(1, Volatile.Read(ref _wanted)) && Interlocked.CompareExchange(ref _open, open - 1, open) == open;
    }

    private void GoOnWith(int left, ConnectionScaler scaler, Exception e)
    {
        Interlocked.Decrement(ref _open);
        scaler.Failed();
        _wanted = Math.Min(scaler.Wanted, left);
        note($"{progress.Name}: goes on with {left} of its connections after: {e.Message}");
    }

    /// <summary>Lets the whole call do with fewer connections after a refusal or a break.</summary>
    private bool Complained(TransientException e)
    {
        if (e.Cause.Code is HubErrorCode.RateLimited or HubErrorCode.HubUnreachable)
        {
            budget.Connections.BackOff();
        }

        return true;
    }

    private async Task EndAsync(Task connection, int left, ConnectionScaler scaler)
    {
        try
        {
            await connection.ConfigureAwait(false);
        }
        catch (TransientException e) when (Complained(e) && left > 0)
        {
            GoOnWith(left, scaler, e);
        }
        catch (StartOverException e) when (e.IsWholeFile && left > 0)
        {
            // One of several servers that takes no ranges; if all do, the last connection will see it.
            GoOnWith(left, scaler, e);
        }
        finally
        {
            if (left > 0)
            {
                budget.Connections.Leave();
            }
        }
    }
}
