namespace HubCache.Transfer;

/// <summary>
/// A file's place among those on their way, with its first connection. Disposed once or more often, it is given back once.
/// </summary>
internal sealed class TransferPlace(IDisposable slot, Connections connections) : IDisposable
{
    private int _isLeft;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isLeft, 1) == 0)
        {
            connections.Leave();
            slot.Dispose();
        }
    }
}
