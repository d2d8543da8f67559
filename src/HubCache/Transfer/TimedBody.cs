using System.Diagnostics;
using HubCache.Hub;

namespace HubCache.Transfer;

/// <summary>Reads a body and notices when it stalls: nothing for the idle time-out, or next to nothing for a minute.</summary>
internal sealed class TimedBody(ByteAnswer answer, TimeSpan idle, StallClock stalls) : IDisposable
{
    private readonly CancellationTokenSource _clock = new();

    /// <summary>Reads what is there, at least a byte unless the body is over.</summary>
    /// <exception cref="TransientException">The connection broke or stalls.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            ValueTask<int> reading = answer.Body.ReadAsync(buffer, _clock.Token);
            int read = reading.IsCompletedSuccessfully ? reading.Result : await WaitAsync(reading, cancellationToken).ConfigureAwait(false);
            if (read > 0)
            {
                stalls.Count(answer.Address, Stopwatch.GetElapsedTime(began), read);
            }

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
}
