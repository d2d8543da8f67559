namespace HubCache.Transfer;

/// <summary>
/// One connection's work on a segment. A second one keeps its bytes until it has them all: the first whole answer counts.
/// </summary>
internal sealed class SegmentFetch : IDisposable
{
    private readonly OrderedWindow _window;
    private readonly CancellationTokenSource _overtaken;
    private readonly long _began;
    private Task _overtaking = Task.CompletedTask;
    private long _firstByteAt;
    private long _heldSince;
    private TimeSpan _held;

    /// <summary>Begins at the segment's first missing byte.</summary>
    public SegmentFetch(OrderedWindow window, Segment segment, bool isRescue, CancellationToken cancellationToken)
    {
        (_window, Segment, Start, Position, IsRescue) = (window, segment, segment.Received, segment.Received, isRescue);
        _overtaken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Token = _overtaken.Token;
        _began = window.Clock.GetTimestamp();
    }

    public Segment Segment { get; }

    /// <summary>The offset of the first byte that it asks for.</summary>
    public long Start { get; }

    /// <summary>The offset of the byte to ask for next.</summary>
    public long Position { get; private set; }

    /// <summary>Whether it asks a second time for what another connection is slow to bring.</summary>
    public bool IsRescue { get; }

    /// <summary>Whether its answer may reach to the end of the file, so that where it ends can still be decided.</summary>
    public bool RunsToEnd { get; init; }

    /// <summary>Cancelled when the bytes are not wanted any more.</summary>
    public CancellationToken Token { get; }

    /// <summary>Whether it has been given memory to read into: it counts among those that deliver.</summary>
    public bool IsReading { get; set; }

    /// <summary>What its answer took beyond a first byte, since it was led elsewhere first.</summary>
    public TimeSpan Detour { get; set; }

    /// <summary>Whether its first byte has come.</summary>
    public bool HasFirstByte => Volatile.Read(ref _firstByteAt) != 0;

    /// <summary>Whether it waits for memory, or for its turn to be read.</summary>
    public bool IsHeld => Volatile.Read(ref _heldSince) != 0;

    /// <summary>Bytes that a second connection keeps until it has all.</summary>
    public List<Block> Kept { get; } = [];

    /// <summary>How long it has taken so far, without the time in which we did not read it.</summary>
    public TimeSpan Elapsed => _window.Clock.GetElapsedTime(_began) - Held;

    /// <summary>Seconds for a byte since the first one came; 0 while nothing can be said.</summary>
    public double SecondsPerByte
        => HasFirstByte && Position > Start
            ? Math.Max(0, (_window.Clock.GetElapsedTime(_firstByteAt) - Held).TotalSeconds / (Position - Start))
            : 0;

    private TimeSpan Held => _held + (_heldSince == 0 ? TimeSpan.Zero : _window.Clock.GetElapsedTime(_heldSince));

    /// <summary>Its first byte has come, or a later one.</summary>
    public void FirstByteCame()
    {
        if (!HasFirstByte)
        {
            TimeSpan took = Elapsed - Detour;
            Volatile.Write(ref _firstByteAt, _window.Clock.GetTimestamp());
            _window.FirstByteTook(took);
        }
    }

    /// <summary>A block to fill; null while there is no memory for it, or while others are to be read.</summary>
    public byte[]? TryRent()
    {
        byte[]? block = _window.TryRent(this);
        if (block is null)
        {
            _heldSince = _heldSince == 0 ? _window.Clock.GetTimestamp() : _heldSince;
        }
        else if (_heldSince != 0)
        {
            _held += _window.Clock.GetElapsedTime(_heldSince);
            _heldSince = 0;
        }

        return block;
    }

    /// <summary>Waits for a block to fill.</summary>
    /// <exception cref="UnreadException">There is none for so long that the other side might take the silence for a fault.</exception>
    public async ValueTask<byte[]> RentAsync(TimeSpan longest)
    {
        while (true)
        {
            Task changed = _window.MemoryChanged();
            if (TryRent() is byte[] block)
            {
                return block;
            }

            TimeSpan left = longest - _window.Clock.GetElapsedTime(_heldSince);
            if (left <= TimeSpan.Zero)
            {
                throw new UnreadException();
            }

            try
            {
                await changed.WaitAsync(left, _window.Clock, Token).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // The last look follows.
            }
        }
    }

    /// <summary>Takes a filled block; one without bytes is given back.</summary>
    public void Deliver(byte[] block, int length)
    {
        Position += length;
        _window.Deliver(this, block, length);
    }

    /// <summary>Whether its bytes have come otherwise.</summary>
    public bool IsOvertaken { get; private set; }

    /// <summary>Tells it that its bytes have come otherwise.</summary>
    public void Overtake()
    {
        IsOvertaken = true;

        // Not here: whatever waits on the token would run inside the window's lock.
        _overtaking = _overtaken.CancelAsync();
    }

    public void Dispose()
    {
        _window.Leave(this);
        _overtaking.ContinueWith(static (_, source) => ((CancellationTokenSource)source!).Dispose(), _overtaken, TaskScheduler.Default);
    }
}

/// <summary>An answer that came before there was memory for it was given up; it is asked for again when there is.</summary>
internal sealed class UnreadException : Exception;
