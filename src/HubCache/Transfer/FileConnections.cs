namespace HubCache.Transfer;

/// <summary>The connections of one file: starts what its schedule says, and goes on with the others when one breaks.</summary>
internal sealed class FileConnections(
    IByteSource source, TransferRules rules, TransferBudget budget, FileProgress progress, Action<string> note)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan LookAround = TimeSpan.FromMilliseconds(100);

    /// <summary>The most connections that delivered at once so far.</summary>
    public int MostOpen { get; private set; }

    /// <summary>Fetches what the window is missing.</summary>
    /// <param name="window">Keeps what was received whatever happens here.</param>
    /// <param name="slowWindow">Over how long less than 1 KB a second is a stall.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="TransientException">The last connection broke.</exception>
    /// <exception cref="StartOverException">The bytes so far cannot be added to.</exception>
    public async Task RunAsync(OrderedWindow window, TimeSpan slowWindow, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var tickets = new FileTickets(budget.Connections);
        var run = new Run(
            window,
            new SegmentSchedule(window, source, budget.ConnectionsPerFile),
            new SegmentFetcher(window, source, rules, budget, progress),
            new Stack<StallClock>(
                Enumerable.Range(0, SegmentSchedule.MostConnections).Select(_ => new StallClock(slowWindow, budget.Clock))),
            tickets,
            stop.Token);
        try
        {
            await RunAsync(run, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(run.Fetches.Keys).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
            foreach (Task task in run.Fetches.Keys.ToArray())
            {
                GiveBack(task, run);
            }
        }
    }

    private async Task RunAsync(Run run, CancellationToken cancellationToken)
    {
        Exception? last = null;
        while (!run.Window.IsReceived || run.Fetches.Count > 0)
        {
            Task changed = run.Window.Changed();
            run.Schedule.Look(progress.BytesReceived, budget.Connections.AreScarce);
            StartAll(run);
            if (run.Fetches.Count == 0 && (last is not null || !run.Window.HasGivenBack))
            {
                throw last ?? new InvalidOperationException("Nothing is left to ask for, and bytes are missing.");
            }

            Task first = await Task.WhenAny([.. run.Fetches.Keys, changed, WaitAsync(run, cancellationToken)]).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            foreach (Task task in run.Fetches.Keys.Where(task => task.IsCompleted).ToArray())
            {
                GiveBack(task, run);
                run.Tickets.Keep(run.Fetches.Count);
                last = await EndAsync(task, run).ConfigureAwait(false) ?? last;
            }
        }
    }

    /// <summary>Until the next look, if nothing happens: soon while the number of connections may change.</summary>
    private static Task WaitAsync(Run run, CancellationToken cancellationToken)
        => Task.Delay(run.Window.Unasked > 0 || run.Schedule.Wanted == 1 ? Tick : LookAround, run.Window.Clock, cancellationToken);

    private void StartAll(Run run)
    {
        while (run.Schedule.Next(inUse => run.Tickets.TryEnter(inUse, run.Schedule.Wanted), run.Stop) is SegmentFetch fetch)
        {
            run.Fetches.Add(Task.Run(() => FetchAsync(run, fetch), CancellationToken.None), fetch);
            MostOpen = Math.Max(MostOpen, Math.Min(run.Fetches.Count, run.Schedule.Wanted));
        }
    }

    private static async Task FetchAsync(Run run, SegmentFetch fetch)
    {
        StallClock stalls = run.TakeClock();
        try
        {
            await run.Fetcher.FillAsync(fetch, run.Schedule.MayGoOnFor, stalls).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!run.Stop.IsCancellationRequested)
        {
            // Another connection was faster.
        }
        catch (UnreadException)
        {
            // It is asked for again when there is memory for it.
        }
        finally
        {
            run.Return(stalls);
        }
    }

    /// <summary>
    /// Gives back what an ended fetch left of its segment. Only where its end is judged: a schedule that saw the segment earlier would ask
    /// again at once, whatever the other side asked for.
    /// </summary>
    private static void GiveBack(Task ended, Run run)
    {
        run.Fetches.Remove(ended, out SegmentFetch? fetch);
        if (ended.Exception?.InnerException is TransientException or StartOverException)
        {
            run.Window.Broke(fetch!.Segment);
        }

        fetch!.Dispose();
    }

    /// <summary>What a connection ended with, if it broke and there are others to go on with.</summary>
    private async Task<Exception?> EndAsync(Task fetch, Run run)
    {
        int left = run.Fetches.Count;
        try
        {
            await fetch.ConfigureAwait(false);
            return null;
        }
        catch (TransientException e) when (Complained(e) && left > 0)
        {
            return GoOnWith(left, run, e);
        }
        catch (StartOverException e) when (e.IsWholeFile && left > 0)
        {
            // One of several servers that takes no ranges; if all do, the last connection will see it.
            return GoOnWith(left, run, e);
        }
    }

    private Exception GoOnWith(int left, Run run, Exception e)
    {
        run.Schedule.Failed();
        note($"{progress.Name}: goes on with {left} of its connections after: {e.Message}");
        return e;
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

    /// <summary>One attempt on its way.</summary>
    private sealed record Run(
        OrderedWindow Window,
        SegmentSchedule Schedule,
        SegmentFetcher Fetcher,
        Stack<StallClock> Clocks,
        FileTickets Tickets,
        CancellationToken Stop)
    {
        public Dictionary<Task, SegmentFetch> Fetches { get; } = [];

        public StallClock TakeClock()
        {
            lock (Clocks)
            {
                return Clocks.Pop();
            }
        }

        public void Return(StallClock clock)
        {
            lock (Clocks)
            {
                Clocks.Push(clock);
            }
        }
    }
}
