namespace HubCache.Transfer;

/// <summary>How many files may be on their way at once. Large ones never take all the room: small ones do not wait behind them.</summary>
/// <param name="most">Files of any size.</param>
/// <param name="mostLarge">Large ones among them.</param>
internal sealed class FileSlots(int most, int mostLarge) : IDisposable
{
    // As many small files as large ones at first, and one more for each that is done: whoever begins at the same moment is seen before much
    // is fetched twice.
    private const int SmallAtFirst = 8;

    private readonly SemaphoreSlim _all = new(most);
    private readonly SemaphoreSlim _large = new(mostLarge);
    private readonly SemaphoreSlim _small = new(Math.Min(SmallAtFirst, most));
    private int _mostSmall = Math.Min(SmallAtFirst, most);

    /// <summary>Waits for a place.</summary>
    /// <returns>The place; disposed to leave it.</returns>
    public async Task<IDisposable> EnterAsync(long length, CancellationToken cancellationToken)
    {
        bool isLarge = length >= TransferBudget.LargeFile;
        await (isLarge ? _large : _small).WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _all.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Leave(isLarge, fromAll: false);
            throw;
        }

        return new Place(this, isLarge);
    }

    public void Dispose()
    {
        _all.Dispose();
        _large.Dispose();
        _small.Dispose();
    }

    private void Leave(bool isLarge, bool fromAll)
    {
        if (fromAll)
        {
            _all.Release();
        }

        if (isLarge)
        {
            _large.Release();
            return;
        }

        bool isOneMore = fromAll && Interlocked.Increment(ref _mostSmall) <= most;
        _small.Release(isOneMore ? 2 : 1);
    }

    private sealed class Place(FileSlots slots, bool isLarge) : IDisposable
    {
        public void Dispose() => slots.Leave(isLarge, fromAll: true);
    }
}
