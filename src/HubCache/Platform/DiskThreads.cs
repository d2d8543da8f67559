using System.Collections.Concurrent;

namespace HubCache.Platform;

/// <summary>
/// A few threads for what waits for the disk. The thread pool has as many as there are processors and grows slowly, while a disk
/// answers many fsyncs together nearly as soon as one.
/// </summary>
internal sealed class DiskThreads : IDisposable
{
    private const int Most = 16;

    private readonly BlockingCollection<Action> _work = [];
    private int _threads;
    private int _pending;

    /// <summary>Does something that blocks, apart from the thread pool.</summary>
    public Task RunAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.Increment(ref _pending) > Volatile.Read(ref _threads) && Interlocked.Increment(ref _threads) <= Most)
        {
            new Thread(Serve) { IsBackground = true, Name = "HubCache disk" }.Start();
        }

        _work.Add(() =>
        {
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
            finally
            {
                Interlocked.Decrement(ref _pending);
            }
        });
        return done.Task;
    }

    /// <summary>Lets the threads end. Nothing may be pending.</summary>
    public void Dispose() => _work.CompleteAdding();

    private void Serve()
    {
        foreach (Action work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }
}
