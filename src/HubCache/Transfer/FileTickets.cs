namespace HubCache.Transfer;

/// <summary>
/// What one file has of its call's connections: its own first one, more to deliver, and spare ones that wait for a first byte.
/// </summary>
internal sealed class FileTickets(Connections connections) : IDisposable
{
    private int _delivering = 1;
    private int _spare;

    /// <summary>Whether one more connection may be opened.</summary>
    /// <param name="inUse">How many are.</param>
    /// <param name="wanted">How many are to deliver.</param>
    public bool TryEnter(int inUse, int wanted)
    {
        if (inUse < _delivering + _spare)
        {
            return true;
        }

        if (_delivering < wanted)
        {
            bool hasEntered = connections.TryEnter();
            _delivering += hasEntered ? 1 : 0;
            return hasEntered;
        }

        bool isSpare = _spare < _delivering && connections.TryEnterSpare();
        _spare += isSpare ? 1 : 0;
        return isSpare;
    }

    /// <summary>Gives back what is not in use. The file's own first one stays.</summary>
    public void Keep(int inUse)
    {
        while (_delivering + _spare > Math.Max(1, inUse))
        {
            if (_spare > 0)
            {
                _spare--;
                connections.LeaveSpare();
            }
            else
            {
                _delivering--;
                connections.Leave();
            }
        }
    }

    public void Dispose() => Keep(0);
}
