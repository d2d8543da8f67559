namespace HubCache.Transfer;

/// <summary>How many files may be on their way at once. Large ones never take all the room: small ones do not wait behind them.</summary>
/// <param name="most">Files of any size.</param>
/// <param name="mostLarge">Large ones among them.</param>
internal sealed class FileSlots(int most, int mostLarge) : IDisposable
{
    private readonly SemaphoreSlim _all = new(most);
    private readonly SemaphoreSlim _large = new(mostLarge);

    /// <summary>Waits for a place.</summary>
    /// <returns>The place; disposed to leave it.</returns>
    public async Task<IDisposable> EnterAsync(long length, CancellationToken cancellationToken)
    {
        bool isLarge = length >= TransferBudget.LargeFile;
        if (isLarge)
        {
            await _large.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

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
        }
    }

    private sealed class Place(FileSlots slots, bool isLarge) : IDisposable
    {
        public void Dispose() => slots.Leave(isLarge, fromAll: true);
    }
}
