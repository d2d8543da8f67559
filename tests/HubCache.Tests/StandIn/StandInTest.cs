using System.Net.Http.Headers;
using FakeHub;
using Xunit;

namespace HubCache.Tests.StandIn;

/// <summary>A plain client beside the stand-in for the Hub: what other tests lean on is tested itself.</summary>
public abstract class StandInTest : IAsyncLifetime
{
    protected const int Megabyte = 1_000_000;

    private static readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    protected FakeHubServer Hub { get; private set; } = null!;

    protected virtual FakeHubOptions Options => new();

    public async Task InitializeAsync()
    {
        Hub = await FakeHubServer.StartAsync(Options);
        Hub.AddRepo("demo/standin").Commit("main",
        [
            FakeFile.Generated("a.bin", 4 * Megabyte, seed: 1),
            FakeFile.Generated("b.bin", 4 * Megabyte, seed: 2),
            FakeFile.FromText("config.json", "{}\n"),
        ]);
    }

    public async Task DisposeAsync() => await Hub.DisposeAsync();

    protected Uri AddressOf(string file) => new(Hub.Endpoint, $"demo/standin/resolve/main/{file}");

    protected async Task<long> FetchAsync(string file)
    {
        using Stream body = await _http.GetStreamAsync(AddressOf(file));
        var sink = new CountingSink();
        await body.CopyToAsync(sink);
        return sink.Bytes;
    }

    /// <summary>Its headers are here, its body is not read before somebody does.</summary>
    protected async Task<HttpResponseMessage> BeginAsync(string file, long from = 0)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(file));
        request.Headers.Range = new RangeHeaderValue(from, null);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    protected Task<string> ControlAsync(string route) => _http.GetStringAsync(new Uri(Hub.Endpoint, $"_fake/{route}"));

    private sealed class CountingSink : MemoryStream
    {
        public long Bytes { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Bytes += buffer.Length;
            return ValueTask.CompletedTask;
        }
    }
}
