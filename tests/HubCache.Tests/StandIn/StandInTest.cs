using System.Net.Http.Headers;
using FakeHub;
using Xunit;

namespace HubCache.Tests.StandIn;

/// <summary>A plain client beside the stand-in for the Hub: what other tests lean on is tested itself.</summary>
public abstract class StandInTest : IAsyncLifetime
{
    protected const int Megabyte = 1_000_000;

    private const string Repo = "demo/standin";

    private static readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    protected FakeHubServer Hub { get; private set; } = null!;

    protected virtual FakeHubOptions Options => new();

    public async Task InitializeAsync()
    {
        Hub = await FakeHubServer.StartAsync(Options);
        Hub.AddRepo(Repo).Commit("main",
        [
            FakeFile.Generated("a.bin", 4 * Megabyte, seed: 1),
            FakeFile.Generated("b.bin", 4 * Megabyte, seed: 2),
            FakeFile.FromText("config.json", "{}\n"),
        ]);
    }

    public async Task DisposeAsync() => await Hub.DisposeAsync();

    protected Uri AddressOf(string file) => new(Hub.Endpoint, $"{Repo}/resolve/main/{file}");

    protected Task<long> FetchAsync(string file) => FetchAsync(file, _http);

    /// <summary>What is asked on a connection of its own is not kept waiting for the answer before it.</summary>
    protected async Task<long> FetchAsideAsync(string file)
    {
        using var another = new HttpClient();
        return await FetchAsync(file, another);
    }

    /// <summary>Its headers are here, its body is not read before somebody does.</summary>
    protected async Task<HttpResponseMessage> BeginAsync(string file, long from = 0)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(file));
        request.Headers.Range = new RangeHeaderValue(from, null);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>The first body of it arrives in full, and the server goes on to hold the request for a while.</summary>
    protected void HoldUpTheEndOf(string file)
        => Hub.Faults.Add(Fault.Stall(Hub.FindRepo(Repo)!.FindFile("main", file)!.Size, seconds: 2) with { PathContains = file });

    protected Task<string> ControlAsync(string route) => _http.GetStringAsync(new Uri(Hub.Endpoint, $"_fake/{route}"));

    private async Task<long> FetchAsync(string file, HttpClient http)
    {
        using Stream body = await http.GetStreamAsync(AddressOf(file));
        var sink = new CountingSink();
        await body.CopyToAsync(sink);
        return sink.Bytes;
    }

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
