using HubCache.Hub;

namespace HubCache.Transfer;

/// <summary>How fast the bytes of one attempt come, over all its answers: less than 1 KB a second for a minute is a stall.</summary>
internal sealed class StallClock(TimeSpan slowWindow, TimeProvider clock)
{
    private const int SlowestBytesPerSecond = 1024;

    private TimeSpan _waited;
    private long _received;

    /// <summary>Counts a wait for the network and what it brought. Only that is counted: a slow disk is no stall.</summary>
    /// <exception cref="TransientException">Next to nothing came for too long.</exception>
    public void Count(Uri address, TimeSpan waited, int bytes)
    {
        _waited += waited;
        _received += bytes;
        if (_waited < slowWindow)
        {
            return;
        }

        if (_received < slowWindow.TotalSeconds * SlowestBytesPerSecond)
        {
            throw HubErrors.TooSlow(address, $"{_received} bytes in {_waited.TotalSeconds:0} seconds");
        }

        (_waited, _received) = (TimeSpan.Zero, 0);
    }

    /// <summary>Counts the wait for an answer too: many that bring a byte each are a stall as well.</summary>
    public async Task<ByteAnswer> TimeAsync(Func<Task<ByteAnswer>> open)
    {
        long began = clock.GetTimestamp();
        ByteAnswer answer = await open().ConfigureAwait(false);
        try
        {
            Count(answer.Address, clock.GetElapsedTime(began), 0);
            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }
}
