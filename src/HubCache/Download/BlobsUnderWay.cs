using System.Collections.Concurrent;

namespace HubCache.Download;

/// <summary>The blobs that this process fetches, over all its calls and runspaces: each is fetched once.</summary>
internal static class BlobsUnderWay
{
    private static readonly ConcurrentDictionary<string, TaskCompletionSource> Blobs = new(StringComparer.Ordinal);

    /// <summary>Takes a blob on, until what is returned is disposed; null when another call has it.</summary>
    /// <param name="path">The blob's final path.</param>
    /// <param name="others">Ends when the other call is done with it, well or not.</param>
    public static IDisposable? TryBegin(string path, out Task others)
    {
        var own = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource first = Blobs.GetOrAdd(path, own);
        others = first.Task;
        return first == own ? new Work(path, own) : null;
    }

    private sealed class Work(string path, TaskCompletionSource done) : IDisposable
    {
        public void Dispose()
        {
            if (Blobs.TryRemove(path, out _))
            {
                done.SetResult();
            }
        }
    }
}
