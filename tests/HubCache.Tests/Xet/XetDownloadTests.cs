using FakeHub;
using Xunit;

namespace HubCache.Tests.Xet;

/// <summary>Files that come by Xet.</summary>
public sealed class XetDownloadTests
{
    private const int MB = 1 << 20;

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(100_003, true)]
    [InlineData(9 * MB + 7, true)]
    [InlineData(9 * MB + 7, false)]
    [InlineData(40 * MB + 1, true)]
    [InlineData(40 * MB + 1, false)]
    public async Task BringsTheBytes(int length, bool trims)
    {
        await using XetHub hub = await XetHub.StartAsync();
        hub.Store.Trims = trims;
        byte[] bytes = hub.Add(XetHub.Noise(length));
        CachedFile file = await hub.AssertDownloadsAsync(bytes);
        Assert.Equal("Downloaded", file.Source);
        Assert.Equal(1, hub.Requests("xet-read-token"));
        Assert.True(hub.Requests("_xorbs") > 0);
        Assert.Equal(0, hub.Hub.Log.Count("resolve", "GET"));
        Assert.True(hub.FetchedFromXorbs < length * 1.05 + 200_000, $"{hub.FetchedFromXorbs} of {length}\n{hub.Story}");
    }

    [Fact]
    public async Task CountsWhatCameOverTheNetwork()
    {
        await using XetHub hub = await XetHub.StartAsync();
        CachedFile file = await hub.AssertDownloadsAsync(hub.Add(XetHub.Noise(5 * MB)));
        Assert.Equal(hub.FetchedFromXorbs, file.BytesDownloaded);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(501)]
    public async Task TakesTheOldVersionWhereThereIsNoOther(int status)
    {
        await using XetHub hub = await XetHub.StartAsync();
        hub.Store.StatusOfV2 = status;
        await hub.AssertDownloadsAsync(hub.Add(XetHub.Noise(20 * MB)));
        Assert.Equal(1, hub.Requests("v2"));
        Assert.True(hub.Requests("v1") > 0);
    }

    [Fact]
    public async Task ARepeatedTermIsFetchedOnce()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] part = XetHub.Noise(5 * MB);
        FakeXorb xorb = XetMaker.Xorb("part", part);
        var term = new FakeTerm(xorb, 0, xorb.Chunks.Count);
        CachedFile file = await hub.AssertDownloadsAsync(hub.Add([(term, part), (term, part), (term, part), (term, part)]));
        Assert.True(hub.FetchedFromXorbs < part.Length * 1.05, $"{hub.FetchedFromXorbs}");
        Assert.Equal(3 * part.Length, hub.Recorder.Progress.Single().BytesReused);
        Assert.Equal(hub.FetchedFromXorbs, file.BytesDownloaded);
    }

    [Fact]
    public async Task TermsThatShareARangeInAnotherOrderFetchItOnce()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] part = XetHub.Noise(3 * MB);
        FakeXorb xorb = XetMaker.Xorb("part", part);
        int middle = xorb.Chunks.Count / 2;
        int cut = xorb.Chunks.Take(middle).Sum(chunk => chunk.Length);
        await hub.AssertDownloadsAsync(
            hub.Add([(new FakeTerm(xorb, middle, xorb.Chunks.Count), part[cut..]), (new FakeTerm(xorb, 0, middle), part[..cut])]));
        Assert.True(hub.FetchedFromXorbs < part.Length * 1.05, $"{hub.FetchedFromXorbs}");
    }

    [Fact]
    public async Task ManyRangesOfOneXorb()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] part = XetHub.Noise(12 * MB);
        FakeXorb xorb = XetMaker.Xorb("part", part);
        List<(FakeTerm, byte[])> parts = [];
        int start = 0;
        for (int chunk = 0; chunk < xorb.Chunks.Count; chunk++)
        {
            int length = xorb.Chunks[chunk].Length;
            if (chunk % 2 == 0)
            {
                parts.Add((new FakeTerm(xorb, chunk, chunk + 1), part[start..(start + length)]));
            }
            start += length;
        }
        hub.Store.RangesOfLink = 7;
        await hub.AssertDownloadsAsync(hub.Add(parts));
        Assert.True(hub.FetchedFromXorbs < part.Length * 0.6, $"{hub.FetchedFromXorbs}");
    }

    [Fact]
    public async Task GoesOnWhenTheTokenIsTakenBack()
    {
        await using XetHub hub = await XetHub.StartAsync();
        hub.Hub.Faults.Add(Fault.Status(401) with { PathContains = "_cas", Times = 1 });
        await hub.AssertDownloadsAsync(hub.Add(XetHub.Noise(3 * MB)));
        Assert.Equal(2, hub.Requests("xet-read-token"));
    }

    [Fact]
    public async Task GivesUpWhenANewTokenIsNotTakenEither()
    {
        await using XetHub hub = await XetHub.StartAsync();
        hub.Add(XetHub.Noise(3 * MB));
        hub.Hub.Faults.Add(Fault.Status(401) with { PathContains = "_cas", Times = -1 });
        DownloadOutcome outcome = await hub.DownloadAsync();
        Assert.Equal(HubErrorCode.HubProtocolError, outcome.Error!.Code);
        Assert.Equal(2, hub.Requests("_cas"));
        Assert.Empty(hub.Cache.Incomplete());
    }

    [Theory]
    [InlineData("_xorbs", 503)]
    [InlineData("_xorbs", 429)]
    [InlineData("_xorbs", 416)]
    [InlineData("_cas", 503)]
    [InlineData("_cas", 429)]
    [InlineData("_cas", 416)]
    [InlineData("xet-read-token", 503)]
    public async Task PassingFaultsCostAnotherTry(string where, int status)
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] bytes = hub.Add(XetHub.Noise(6 * MB));
        hub.Hub.Faults.Add(Fault.Status(status) with { PathContains = where, Times = 1 });
        await hub.AssertDownloadsAsync(bytes);
    }

    [Fact]
    public async Task AnExpiredLinkIsRenewed()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] bytes = hub.Add(XetHub.Noise(20 * MB), XetMaker.File("x", XetHub.Noise(20 * MB), 2 * MB));
        hub.Hub.Faults.Add(Fault.Status(403, body: "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>") with
        {
            PathContains = "_xorbs",
            Skip = 3,
            Times = 1
        });
        await hub.AssertDownloadsAsync(bytes);
    }

    [Fact]
    public async Task ASecondRefusalThatIsNoExpiryIsSaid()
    {
        await using XetHub hub = await XetHub.StartAsync();
        hub.Add(XetHub.Noise(3 * MB));
        hub.Hub.Faults.Add(Fault.Status(403, body: "<Error><Code>SignatureError</Code><Message>invalid key pair id</Message></Error>") with
        {
            PathContains = "_xorbs",
            Times = -1
        });
        DownloadOutcome outcome = await hub.DownloadAsync();
        Assert.Equal(HubErrorCode.HubProtocolError, outcome.Error!.Code);
        Assert.Contains("SignatureError: invalid key pair id", outcome.Error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Signature=", outcome.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, hub.Requests("_xorbs"));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("reset")]
    [InlineData("flip")]
    public async Task ABrokenBodyGoesOn(string kind)
    {
        // Slow enough that what is fetched twice is not what lay in a socket's buffers when it was closed.
        await using XetHub hub = await XetHub.StartAsync(new FakeHubOptions { BytesPerSecondPerConnection = 8 * MB });
        byte[] bytes = hub.Add(XetHub.Noise(6 * MB));
        hub.Hub.Faults.Add((kind switch
        {
            "short" => Fault.ShortBody(2 * MB),
            "reset" => Fault.ResetAfter(2 * MB),
            _ => Fault.FlipBit(4),
        }) with
        { PathContains = "_xorbs" });
        await hub.AssertDownloadsAsync(bytes);
        Assert.True(hub.FetchedFromXorbs < bytes.Length * 1.6, hub.Story);
    }

    [Fact]
    public async Task FallsBackToHttpWhenXetDoesNotWork()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] bytes = hub.Add(XetHub.Noise(6 * MB));
        hub.Hub.Faults.Add(Fault.Status(403) with { PathContains = "_cas", Times = -1 });
        await hub.AssertDownloadsAsync(bytes, hub.Options with { Transport = Transport.Auto });
        Assert.Contains(hub.Recorder.Notes, note => note.Contains("goes on by plain HTTP after:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FallsBackToXetWhenTheBridgeRefuses()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] bytes = hub.Add(XetHub.Noise(MB));
        hub.Hub.Faults.Add(Fault.Status(400) with { PathContains = "/models/", Origin = Origin.Storage, Times = -1 });
        await hub.AssertDownloadsAsync(bytes, hub.Options with { Transport = Transport.Auto });
        Assert.Contains(hub.Recorder.Notes, note => note.Contains("goes on by Xet after:", StringComparison.Ordinal));
    }
}
