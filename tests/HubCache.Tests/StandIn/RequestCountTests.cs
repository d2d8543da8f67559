using System.Text.Json;
using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.StandIn;

/// <summary>What the log and the control routes can say about the requests there were.</summary>
public sealed class RequestCountTests : StandInTest
{
    [Fact]
    public async Task TwoAtOnceAreCountedAsTwoAndThreeInTurnAsOne()
    {
        Hub.Faults.Add(Fault.Barrier(2) with { PathContains = "a.bin", Origin = Origin.Storage });
        await Task.WhenAll(FetchAsync("a.bin"), FetchAsync("a.bin"));
        for (int turn = 0; turn < 3; turn++)
        {
            await FetchAsync("b.bin");
        }

        Assert.Equal(2, Hub.Log.MostAtOnce("/a.bin", "GET", Origin.Storage));
        Assert.Equal(1, Hub.Log.MostAtOnce("/b.bin", "GET", Origin.Storage));
        Assert.Equal(2, Hub.Log.MostAtOnce());
    }

    [Fact]
    public async Task OneThatTheClientHasInFullIsOverThoughTheServerIsNotDoneWithIt()
    {
        HoldUpTheEndOf("config.json");
        await FetchAsync("config.json");
        await FetchAsideAsync("config.json");

        Assert.Equal(1, Hub.Log.MostAtOnce());
    }

    [Fact]
    public async Task AnUnreadBodyIsBeingAnsweredUntilItIsGivenUp()
    {
        Hub.Faults.Add(Fault.Stall(1000));
        using (HttpResponseMessage answer = await BeginAsync("a.bin"))
        {
            await FetchAsync("a.bin");
        }

        Assert.Equal(2, Hub.Log.MostAtOnce("/a.bin", origin: Origin.Storage));
        await Until.TrueAsync(() => Hub.Log.Entries.All(entry => entry.Finished));
        await FetchAsync("a.bin");
        Assert.Equal(2, Hub.Log.MostAtOnce("/a.bin", origin: Origin.Storage));
    }

    [Fact]
    public async Task StatsTellOfEveryOriginAndPath()
    {
        await FetchAsync("a.bin");
        await FetchAsync("config.json");

        using var stats = JsonDocument.Parse(await ControlAsync("stats"));
        JsonElement said = stats.RootElement;
        Assert.Equal(3, said.GetProperty("requests").GetInt32());
        Assert.Equal(3, said.GetProperty("methods").GetProperty("GET").GetInt32());
        Assert.Equal(4 * Megabyte, said.GetProperty("origins").GetProperty("Storage").GetProperty("bytesSent").GetInt64());
        Assert.Equal(2, said.GetProperty("origins").GetProperty("Hub").GetProperty("requests").GetInt32());
        JsonElement config = said.GetProperty("paths").GetProperty("/demo/standin/resolve/main/config.json");
        Assert.Equal(3, config.GetProperty("bytesSent").GetInt64());
        Assert.Equal(1, config.GetProperty("mostAtOnce").GetInt32());
        Assert.Equal(2, said.GetProperty("mostConnections").GetInt32());
    }

    [Fact]
    public async Task ConnectionsAreCountedByOrigin()
    {
        Hub.Faults.Add(Fault.Barrier(3) with { Origin = Origin.Storage });
        await Task.WhenAll(FetchAsync("a.bin"), FetchAsync("a.bin"), FetchAsync("b.bin"));

        Assert.Equal(3, Hub.Connections.Most(Origin.Storage));
        Assert.InRange(Hub.Connections.Most(), 4, 6);
    }
}
