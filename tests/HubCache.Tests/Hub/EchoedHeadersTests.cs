using System.Net;
using System.Net.Sockets;
using System.Text;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Hub;

/// <summary>A broken proxy may send the request's own headers back; the token in them goes nowhere.</summary>
public sealed class EchoedHeadersTests
{
    private const string Token = "hf_SECRET123";

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nBad Header Line Bearer hf_SECRET123\r\n\r\n")]
    [InlineData("Bearer hf_SECRET123 200\r\n\r\n")]
    [InlineData("HTTP/1.1 400 Bearer hf_SECRET123\r\nX-Error-Message: Bearer hf_SECRET123\r\nContent-Length: 0\r\n\r\n")]
    public async Task NoErrorRepeatsTheToken(string answer)
    {
        await using TestCache cache = await TestCache.StartAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        Task serving = ServeAsync(listener, answer, stop.Token);
        var recorder = new Recorder();
        HubOptions options =
            cache.Options with { Endpoint = new Uri($"http://{listener.LocalEndpoint}"), Token = Token, MaximumRetryCount = 1 };

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "a.txt", options: options, recorder: recorder);

        await stop.CancelAsync();
        await serving;
        Assert.DoesNotContain(Token, outcome.Error!.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(recorder.Notes, note => note.Contains(Token, StringComparison.Ordinal));
        Assert.False(Directory.Exists(cache.Path));
    }

    private static async Task ServeAsync(TcpListener listener, string answer, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync(stop);
                byte[] buffer = new byte[8192];
                _ = await client.GetStream().ReadAsync(buffer, stop);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer), stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
