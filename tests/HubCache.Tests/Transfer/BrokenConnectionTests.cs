using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Transfer;

/// <summary>Connections that end early, stall or crawl: the same temp goes on at its length.</summary>
public sealed class BrokenConnectionTests
{
    private const int Megabyte = 1 << 20;

    [Fact]
    public async Task AServerThatDropsEveryConnectionAfter8MegabytesDelivers64ForTheCostOf64()
    {
        await using TestCache cache = await TestCache.StartAsync();
        var file = FakeFile.Generated("model.bin", 64 * Megabyte);
        cache.Hub.AddRepo("org/name").Commit("main", [file]);
        cache.Hub.Faults.Add(Fault.ResetAfter(8 * Megabyte) with { Times = -1 });

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Null(outcome.Error);
        Assert.Equal(64 * Megabyte, outcome.File!.BytesDownloaded);
        Assert.InRange(cache.Hub.Log.BytesSent(), 64 * Megabyte, 66 * Megabyte);
        CacheRules.AssertKept(cache.Path);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AShortBodyGoesOnWhereItEnded(bool lfs)
    {
        await using TestCache cache = await StartAsync(lfs, 3 * Megabyte);
        cache.Hub.Faults.Add(Fault.ShortBody(Megabyte) with { Times = 2 });

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Null(outcome.Error);
        Assert.Equal(3 * Megabyte, outcome.File!.BytesDownloaded);
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task ABodyThatNeverGetsOnEndsInAnErrorAndLeavesNothing()
    {
        await using TestCache cache = await StartAsync(lfs: true, 3 * Megabyte);
        cache.Hub.Faults.Add(Fault.ResetAfter(0) with { Times = -1 });

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Equal(HubErrorCode.HubUnreachable, outcome.Error!.Code);
        Assert.Equal(1 + HubOptions.UsualRetryCount, cache.Hub.Log.Count(method: "GET", origin: Origin.Storage));
        CacheRules.AssertNothingPublished(cache.Path);
    }

    [Fact]
    public async Task AStallIsNoticedAndTheRestFetchedOnAnotherConnection()
    {
        await using TestCache cache = await StartAsync(lfs: true, 3 * Megabyte);
        cache.Hub.Faults.Add(Fault.Stall(Megabyte));
        var recorder = new Recorder();

        DownloadOutcome outcome = await cache.DownloadAsync(
            "org/name", "model.bin", options: Impatient(cache) with { ConnectionsPerFile = 1 }, recorder: recorder);

        Assert.Null(outcome.Error);
        Assert.Equal(3 * Megabyte, outcome.File!.BytesDownloaded);
        Assert.Contains(recorder.Notes, note => note.Contains("no byte came", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ASegmentWhoseConnectionBrokeBesideASilentOneIsAskedForAgain()
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { BytesPerSecondPerConnection = 8 * Megabyte });
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", 48 * Megabyte)]);
        long second = 24 * Megabyte;
        cache.Hub.Faults.Add(Fault.Stall(64 << 10, seconds: 2) with { RangeStartAtLeast = second });
        cache.Hub.Faults.Add(Fault.ResetAfter((64 << 10) + 1) with { RangeStartAtLeast = second });
        ArmedFault silent = cache.Hub.Faults.Add(Fault.Stall(64 << 10) with { RangeStartAtLeast = second, Skip = 1 });
        using var stop = new CancellationTokenSource();
        HubOptions patient = cache.Options with { ConnectionsPerFile = 2, OperationTimeout = TimeSpan.FromSeconds(90) };
        Task<IReadOnlyList<DownloadOutcome>> download =
            cache.DownloadAsync(TestCache.Request("org/name", ["model.bin"]), patient, null, stop.Token);
        try
        {
            // The silent one stays open for longer than anybody waits here.
            await Until.TrueAsync(() => silent.Fired == 1
                && cache.Hub.Log.Entries.Count(entry => entry.Origin == Origin.Storage && entry.RangeStart >= second) >= 3);
        }
        finally
        {
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download);
        }
    }

    [Fact]
    public async Task StallsWithoutEndAreATransferTimeout()
    {
        await using TestCache cache = await StartAsync(lfs: true, 3 * Megabyte);
        cache.Hub.Faults.Add(Fault.Stall(0) with { Times = -1 });

        DownloadOutcome outcome =
            await cache.DownloadAsync("org/name", "model.bin", options: Impatient(cache) with { MaximumRetryCount = 1 });

        Assert.Equal(HubErrorCode.TransferTimeout, outcome.Error!.Code);
        CacheRules.AssertNothingPublished(cache.Path);
    }

    [Fact]
    public async Task HeadersThatDoNotComeAreATransferTimeout()
    {
        await using TestCache cache = await StartAsync(lfs: true, Megabyte);
        cache.Hub.Faults.Add(Fault.Delay(60_000) with { Times = -1 });

        DownloadOutcome outcome =
            await cache.DownloadAsync("org/name", "model.bin", options: Impatient(cache) with { MaximumRetryCount = 1 });

        Assert.Equal(HubErrorCode.TransferTimeout, outcome.Error!.Code);
        Assert.False(Directory.Exists(cache.Path));
    }

    [Fact]
    public async Task ServerErrorsPass()
    {
        await using TestCache cache = await StartAsync(lfs: true, Megabyte);
        cache.Hub.Faults.Add(Fault.Status(503) with { Times = 2, Method = "HEAD" });
        cache.Hub.Faults.Add(Fault.Status(500) with { Times = 2, Origin = Origin.Storage });
        cache.Hub.Faults.Add(Fault.Status(408) with { Times = 1, Skip = 2, Origin = Origin.Storage });

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Null(outcome.Error);
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("GET")]
    public async Task ServerErrorsThatDoNotPassAreUnreachable(string method)
    {
        await using TestCache cache = await StartAsync(lfs: true, Megabyte);
        cache.Hub.Faults.Add(Fault.Status(502) with { Times = -1, Method = method });

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Equal(HubErrorCode.HubUnreachable, outcome.Error!.Code);
        Assert.Equal(1 + HubOptions.UsualRetryCount, cache.Hub.Log.Count(method: method));
        CacheRules.AssertNothingPublished(cache.Path);
    }

    [Fact]
    public async Task WithoutRetriesTheFirstErrorIsTheLast()
    {
        await using TestCache cache = await StartAsync(lfs: true, Megabyte);
        cache.Hub.Faults.Add(Fault.Status(502) with { Times = -1 });

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin", options: cache.Options with { MaximumRetryCount = 0 });

        Assert.Equal(HubErrorCode.HubUnreachable, outcome.Error!.Code);
        Assert.Equal(1, cache.Hub.Log.Count());
    }

    private static HubOptions Impatient(TestCache cache)
        => cache.Options with { OperationTimeout = TimeSpan.FromMilliseconds(700), ConnectionTimeout = TimeSpan.FromMilliseconds(700) };

    private static async Task<TestCache> StartAsync(bool lfs, long size)
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", size, lfs: lfs)]);
        return cache;
    }
}
