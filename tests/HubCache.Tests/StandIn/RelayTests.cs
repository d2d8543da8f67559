using System.Diagnostics;
using FakeHub;
using Xunit;

namespace HubCache.Tests.StandIn;

/// <summary>Distance, and a line that all share: nothing comes sooner than ordered, and all of it comes.</summary>
public sealed class RelayTests : StandInTest
{
    private const int Requests = 5;

    protected override FakeHubOptions Options => new() { RoundTripMilliseconds = 40, LineBytesPerSecond = 2_000_000 };

    [Fact]
    public async Task EveryRequestTakesARoundTrip()
    {
        await FetchAsync("config.json");
        long began = Stopwatch.GetTimestamp();
        for (int request = 0; request < Requests; request++)
        {
            await FetchAsync("config.json");
        }

        Assert.True(Stopwatch.GetElapsedTime(began) >= Requests * TimeSpan.FromMilliseconds(40));
    }

    [Fact]
    public async Task ConnectionsShareTheLine()
    {
        long began = Stopwatch.GetTimestamp();
        long[] came = await Task.WhenAll(FetchAsync("a.bin"), FetchAsideAsync("b.bin"));

        Assert.All(came, bytes => Assert.Equal(4 * Megabyte, bytes));

        // The line may make up for a few turns at its beginning.
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromSeconds(3.5));
    }
}
