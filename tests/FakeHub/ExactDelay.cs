using System.Diagnostics;

namespace FakeHub;

/// <summary>Waits to the millisecond. Task.Delay goes by a coarse clock: 5 ms of it were almost 8 in the mean (Linux, 250 Hz).</summary>
internal static class ExactDelay
{
    private static readonly object _gate = new();
    private static readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private static Thread? _thread;

    public static Task WaitAsync(TimeSpan time, CancellationToken cancellation)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        long due = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        lock (_gate)
        {
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "Exact delays" };
                _thread.Start();
            }
            _waiting.Enqueue(over, due);
            if (_waiting.Peek() == over)
            {
                Monitor.Pulse(_gate);
            }
        }
        return over.Task.WaitAsync(cancellation);
    }

    private static void Run()
    {
        lock (_gate)
        {
            while (true)
            {
                if (!_waiting.TryPeek(out TaskCompletionSource? first, out long due))
                {
                    Monitor.Wait(_gate);
                    continue;
                }
                double milliseconds = (due - Stopwatch.GetTimestamp()) * 1000.0 / Stopwatch.Frequency;
                if (milliseconds > 0)
                {
                    Monitor.Wait(_gate, (int)Math.Ceiling(milliseconds));
                    continue;
                }
                _waiting.Dequeue();
                first.SetResult();
            }
        }
    }
}
