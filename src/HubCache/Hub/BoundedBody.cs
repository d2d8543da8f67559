using System.Diagnostics;
using System.Globalization;
using HubCache.Hub.Network;

namespace HubCache.Hub;

/// <summary>Reads the body of an answer that has to fit into memory, and has to come.</summary>
internal static class BoundedBody
{
    // The info page of a repo with 100,000 files has some 10 MB.
    private const int MostBytes = 64 << 20;
    private const int SlowestBytesPerSecond = 1024;
    private static readonly TimeSpan SlowWindow = TimeSpan.FromMinutes(1);

    /// <summary>The whole body.</summary>
    /// <exception cref="TransientException">The connection broke, or stalls: nothing for the idle time-out, or next to nothing for a
    /// minute.</exception>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.HubProtocolError"/>: longer than any answer of a Hub.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        HttpResponseMessage response, TimeSpan idle, CancellationToken cancellationToken)
    {
        Uri address = response.RequestMessage!.RequestUri!;
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        long began = Stopwatch.GetTimestamp();
        var whole = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        try
        {
            Stream body = await response.Content.ReadAsStreamAsync(clock.Token).ConfigureAwait(false);
            clock.CancelAfter(idle);
            for (int read; (read = await body.ReadAsync(buffer, clock.Token).ConfigureAwait(false)) > 0; clock.CancelAfter(idle))
            {
                whole.Write(buffer, 0, read);
                if (whole.Length > MostBytes)
                {
                    throw HubErrors.Nonsense(address, string.Create(CultureInfo.InvariantCulture, $"it sends more than {MostBytes} bytes"));
                }

                TimeSpan waited = Stopwatch.GetElapsedTime(began);
                if (waited > SlowWindow && whole.Length < waited.TotalSeconds * SlowestBytesPerSecond)
                {
                    throw HubErrors.TooSlow(
                        address, string.Create(CultureInfo.InvariantCulture, $"{whole.Length} bytes in {waited.TotalSeconds:0} seconds"));
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HubErrors.TooSlow(address, $"no byte came for {idle.TotalSeconds:0} seconds");
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw NetworkErrors.NoAnswer(address, e);
        }

        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }
}
