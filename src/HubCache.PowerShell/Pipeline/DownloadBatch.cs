namespace HubCache.PowerShell;

/// <summary>Everything that a call wants, gathered from the pipeline, grouped for the engine, answered in the order of the input.</summary>
internal sealed class DownloadBatch
{
    // Each asks the Hub about several files at once; a thousand piped repos must not all begin with that.
    private const int MostGroupsAtOnce = 8;

    private readonly Dictionary<GroupKey, DownloadGroup> _groups = [];
    private readonly List<(DownloadGroup Group, int Place)> _items = [];

    /// <summary>Takes a name or a pattern in.</summary>
    public void Add(GroupKey key, FileSelector selector)
    {
        if (!_groups.TryGetValue(key, out DownloadGroup? group))
        {
            _groups.Add(key, group = new DownloadGroup(key));
        }

        _items.Add((group, group.Add(selector)));
    }

    /// <summary>Keeps only the groups that somebody agrees to.</summary>
    public void Keep(Func<DownloadGroup, bool> agrees)
    {
        HashSet<DownloadGroup> kept = [.. _groups.Values.Where(agrees)];
        _items.RemoveAll(item => !kept.Contains(item.Group));
    }

    /// <summary>What is asked of the engine, in the order in which it was first wanted.</summary>
    public IEnumerable<DownloadGroup> Groups => _items.Select(item => item.Group).Distinct();

    /// <summary>
    /// Runs the groups side by side, a few at a time, and hands over each answer as soon as those before it are there. What was wanted
    /// twice is answered twice.
    /// </summary>
    public async Task RunAsync<T>(
        Func<DownloadGroup, CancellationToken, Task<IReadOnlyList<T>>> run,
        Action<DownloadGroup, T> answer,
        CancellationToken cancellationToken)
        where T : FileOutcome
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var gate = new SemaphoreSlim(MostGroupsAtOnce);
        Dictionary<DownloadGroup, Task<ILookup<int, T>>> running = Groups.ToDictionary(group => group, RunOneAsync);
        try
        {
            foreach ((DownloadGroup group, int place) in _items)
            {
                ILookup<int, T> answers = await running[group].ConfigureAwait(false);
                foreach (T each in answers[place])
                {
                    answer(group, each);
                }
            }
        }
        finally
        {
            // After a failure the others still hold temps.
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running.Values).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }

        async Task<ILookup<int, T>> RunOneAsync(DownloadGroup group)
        {
            await gate.WaitAsync(stop.Token).ConfigureAwait(false);
            try
            {
                return (await run(group, stop.Token).ConfigureAwait(false)).ToLookup(each => each.Selector);
            }
            finally
            {
                gate.Release();
            }
        }
    }
}
