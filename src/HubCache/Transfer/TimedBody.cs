using HubCache.Hub;
using HubCache.Hub.Network;

namespace HubCache.Transfer;

/// <summary>Reads a body and notices when it stalls: nothing for the idle time-out, or next to nothing for a minute.</summary>
/// <param name="answer">Whose body it is.</param>
/// <param name="idle">How long without a byte is a stall.</param>
/// <param name="first">How long the first byte may take.</param>
/// <param name="stalls">Counts what came in which time.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class TimedBody(ByteAnswer answer, TimeSpan idle, TimeSpan first, StallClock stalls, TimeProvider clock) : IDisposable
{
    private readonly CancellationTokenSource _clock = new(Timeout.InfiniteTimeSpan, clock);
    private bool _hasBegun;

    /// <summary>How long the next byte may take.</summary>
    private TimeSpan Patience => _hasBegun || first < idle ? idle : first;

    /// <summary>Reads what is there, at least a byte unless the body is over.</summary>
    /// <exception cref="TransientException">The connection broke or stalls.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        try
        {
            ValueTask<int> reading = answer.Body.ReadAsync(buffer, _clock.Token);
            int read = reading.IsCompletedSuccessfully ? reading.Result : await WaitAsync(reading, cancellationToken).ConfigureAwait(false);
            if (read > 0)
            {
                _hasBegun = true;
                stalls.Count(answer.Address, clock.GetElapsedTime(began), read);
            }

            return read;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HubErrors.TooSlow(answer.Address, $"no byte came for {Patience.TotalSeconds:0} seconds");
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw NetworkErrors.NoAnswer(answer.Address, e);
        }
    }

    public void Dispose() => _clock.Dispose();

    private async Task<int> WaitAsync(ValueTask<int> reading, CancellationToken cancellationToken)
    {
        _clock.CancelAfter(Patience);
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
