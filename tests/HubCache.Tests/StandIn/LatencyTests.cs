using System.Diagnostics;
using FakeHub;
using Xunit;

namespace HubCache.Tests.StandIn;

/// <summary>A request takes as long as was ordered, and not twice that.</summary>
public sealed class LatencyTests : StandInTest
{
    private const int Requests = 100;

    protected override FakeHubOptions Options => new() { LatencyMilliseconds = 5 };

    [Fact]
    public async Task EveryRequestIsHeldUpAsOrdered()
    {
        await FetchAsync("config.json");
        long began = Stopwatch.GetTimestamp();
        for (int request = 0; request < Requests; request++)
        {
            await FetchAsync("config.json");
        }

        // Nothing above: on a busy machine there is no telling.
        Assert.True(Stopwatch.GetElapsedTime(began) >= Requests * TimeSpan.FromMilliseconds(5));
    }
}
