namespace HubCache.Platform;

/// <summary>
/// Puts the entries of folders on the disk, once for all who ask while it is being done for others: small files share what would cost more
/// than their bytes.
/// </summary>
internal sealed class FolderFlush(Disk disk)
{
    private readonly object _gate = new();
    private readonly Dictionary<string, TaskCompletionSource> _next = new(StringComparer.Ordinal);
    private readonly Dictionary<string, object> _oneAtATime = new(StringComparer.Ordinal);

    /// <summary>Returns when every entry that was in the folder at the call is on the disk.</summary>
    /// <exception cref="DiskException">It is not; everybody who shared the attempt is told.</exception>
    public void Flush(string folder)
    {
        bool isFirst;
        TaskCompletionSource? turn;
        object? oneAtATime;
        lock (_gate)
        {
            isFirst = !_next.TryGetValue(folder, out turn);
            if (isFirst)
            {
                _next.Add(folder, turn = new TaskCompletionSource());
            }

            if (!_oneAtATime.TryGetValue(folder, out oneAtATime))
            {
                _oneAtATime.Add(folder, oneAtATime = new object());
            }
        }

        if (isFirst)
        {
            Run(folder, turn!, oneAtATime);
        }

        turn!.Task.GetAwaiter().GetResult();
    }

    private void Run(string folder, TaskCompletionSource turn, object oneAtATime)
    {
        lock (oneAtATime)
        {
            lock (_gate)
            {
                // A caller that arrives from here on may have made an entry that this flush does not cover.
                _next.Remove(folder);
            }

            try
            {
                disk.FlushFolder(folder);
                turn.SetResult();
            }
            catch (DiskException e)
            {
                turn.SetException(e);
            }
        }
    }
}
