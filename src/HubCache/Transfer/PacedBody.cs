using System.Diagnostics;
using HubCache.Hub;

namespace HubCache.Transfer;

/// <summary>Reads a body and notices when it stalls: nothing for the idle time-out, or next to nothing for a minute.</summary>
internal sealed class PacedBody(ByteAnswer answer, TimeSpan idle, TimeSpan slowWindow) : IDisposable
{
    private const int SlowestBytesPerSecond = 1024;

    private readonly CancellationTokenSource _clock = new();
    private TimeSpan _waited;
    private long _receivedInWindow;

    /// <summary>Reads what is there, at least a byte unless the body is over.</summary>
    /// <exception cref="TransientException">The connection broke or stalls.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            ValueTask<int> reading = answer.Body.ReadAsync(buffer, _clock.Token);
            int read = reading.IsCompletedSuccessfully ? reading.Result : await WaitAsync(reading, cancellationToken).ConfigureAwait(false);
            Judge(read, Stopwatch.GetElapsedTime(began));
            return read;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HubErrors.TooSlow(answer.Address, $"no byte came for {idle.TotalSeconds:0} seconds");
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw HubErrors.NoAnswer(answer.Address, e);
        }
    }

    public void Dispose() => _clock.Dispose();

    private async Task<int> WaitAsync(ValueTask<int> reading, CancellationToken cancellationToken)
    {
        _clock.CancelAfter(idle);
        using (cancellationToken.UnsafeRegister(static clock => ((CancellationTokenSource)clock!).Cancel(), _clock))
        {
            try
            {
                return await reading.ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw;
            }
            finally
            {
                _clock.CancelAfter(Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Counts only time spent waiting for the network: a slow disk is no stall.</summary>
    private void Judge(int read, TimeSpan waited)
    {
        _waited += waited;
        _receivedInWindow += read;
        if (_waited < slowWindow)
        {
            return;
        }

        if (_receivedInWindow < slowWindow.TotalSeconds * SlowestBytesPerSecond && read > 0)
        {
            throw HubErrors.TooSlow(answer.Address, $"{_receivedInWindow} bytes in {_waited.TotalSeconds:0} seconds");
        }

        (_waited, _receivedInWindow) = (TimeSpan.Zero, 0);
    }
}
