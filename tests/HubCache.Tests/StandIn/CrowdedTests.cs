using System.Net;
using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.StandIn;

/// <summary>A storage that serves a few at once and sends the others away for a while.</summary>
public sealed class CrowdedTests : StandInTest
{
    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public async Task OneTooManyIsSentAwayAndComesAgainLater(int code)
    {
        ArmedFault crowd = Hub.Faults.Add(Fault.Crowded(2, code, retryAfterSeconds: 7));
        Hub.Faults.Add(Fault.Stall(1000) with { Times = 2 });
        HttpResponseMessage[] held = [await BeginAsync("a.bin"), await BeginAsync("b.bin")];

        using (HttpResponseMessage refused = await BeginAsync("a.bin", from: 5))
        {
            Assert.Equal((HttpStatusCode)code, refused.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(7), refused.Headers.RetryAfter?.Delta);
        }

        Assert.All(held, answer => Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode));
        Assert.Equal(1, crowd.Fired);
        Array.ForEach(held, answer => answer.Dispose());
        await Until.TrueAsync(() => Hub.Log.Entries.All(entry => entry.Finished));
        Assert.Equal(4 * Megabyte, await FetchAsync("a.bin"));
        Assert.Equal(1, crowd.Fired);
    }

    [Fact]
    public async Task OneAtATimeIsNeverTooMany()
    {
        ArmedFault crowd = Hub.Faults.Add(Fault.Crowded(1));
        HoldUpTheEndOf("config.json");
        await FetchAsync("config.json");
        await FetchAsideAsync("config.json");

        Assert.Equal(2, crowd.Matched);
        Assert.Equal(0, crowd.Fired);
    }
}
