using System.Diagnostics;
using System.Globalization;
using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Transfer;

/// <summary>
/// A file over several connections: as many as help, within the limits of the call, and its bytes in order whatever each of them does.
/// </summary>
public sealed class ManyConnectionsTests
{
    private const int Megabyte = 1 << 20;

    /// <summary>One more for an answer that was cut off, which the log has until the server notices.</summary>
    [Theory]
    [InlineData(8, 3, 9)]
    [InlineData(3, 2, 4)]
    [InlineData(1, 1, 1)]
    public async Task SlowConnectionsBecomeMoreUpToTheCeiling(int ceiling, int least, int most)
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { BytesPerSecondPerConnection = 6 * Megabyte });
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", 24 * Megabyte)]);

        DownloadOutcome outcome =
            await cache.DownloadAsync("org/name", "model.bin", options: cache.Options with { ConnectionsPerFile = ceiling });

        Assert.Equal("Downloaded", outcome.File!.Source);
        Assert.InRange(cache.Hub.Log.MostAtOnce(origin: Origin.Storage), least, most);
        Assert.Equal(24 * Megabyte, outcome.File.BytesDownloaded);
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task TheCallHasOneBudgetOfConnections()
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { BytesPerSecondPerConnection = 4 * Megabyte });
        FakeFile[] files = [.. Enumerable.Range(0, 6).Select(i => FakeFile.Generated($"model-{i}.bin", 10 * Megabyte, seed: i + 1))];
        cache.Hub.AddRepo("org/name").Commit("main", files);

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(
            TestCache.Request("org/name", files.Select(file => file.Path)),
            cache.Options with { ConnectionsPerFile = 4, ThrottleLimit = 4 });

        Assert.All(outcomes, outcome => Assert.Null(outcome.Error));

        // Four deliver, and as many may wait for a first byte.
        Assert.InRange(cache.Hub.Log.MostAtOnce(origin: Origin.Storage), 2, 8);
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task AServerThatTurnsTheCrowdAwayIsServedByFewer()
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { BytesPerSecondPerConnection = 8 * Megabyte });
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", 40 * Megabyte)]);
        ArmedFault crowded = cache.Hub.Faults.Add(Fault.Crowded(bodiesAtOnce: 2));

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Equal("Downloaded", outcome.File!.Source);

        // One step too far: twice the connections that may deliver, since each asks for its next segment ahead.
        Assert.InRange(crowded.Fired, 1, 2 * cache.Options.ConnectionsPerFile);
        Assert.Equal(40 * Megabyte, outcome.File.BytesDownloaded);
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task ASegmentThatHoldsUpTheOthersIsAskedForOnceMore()
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { BytesPerSecondPerConnection = 4 * Megabyte });
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", 32 * Megabyte)]);
        ArmedFault stall = cache.Hub.Faults.Add(Fault.Stall(64 << 10) with { RangeStartAtLeast = 12 * Megabyte });
        var clock = Stopwatch.StartNew();

        // Nobody would call the silence a stall within this time.
        DownloadOutcome outcome =
            await cache.DownloadAsync("org/name", "model.bin", options: cache.Options with { OperationTimeout = TimeSpan.FromSeconds(90) });

        Assert.Equal("Downloaded", outcome.File!.Source);
        Assert.Equal(1, stall.Fired);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 60);
        Assert.InRange(outcome.File.BytesDownloaded, 32 * Megabyte, 36 * Megabyte);
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task ConnectionsThatBreakAtAnyByteSpoilNothing()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", 48 * Megabyte)]);
        var random = new Random(42);
        for (int i = 0; i < 12; i++)
        {
            cache.Hub.Faults.Add(Fault.ResetAfter(random.Next(0, 2 * Megabyte)) with { RangeStartAtLeast = i * 4 * Megabyte });
        }

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Null(outcome.Error);
        CacheRules.AssertKept(cache.Path);
        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task TheWholeCallKeepsToItsBytesPerSecond()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeFile[] files = [.. Enumerable.Range(0, 3).Select(i => FakeFile.Generated($"model-{i}.bin", 3 * Megabyte, seed: i + 1))];
        cache.Hub.AddRepo("org/name").Commit("main", files);
        var clock = Stopwatch.StartNew();

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(
            TestCache.Request("org/name", files.Select(file => file.Path)), cache.Options with { MaxBytesPerSecond = 4 * Megabyte });

        Assert.All(outcomes, outcome => Assert.Null(outcome.Error));
        Assert.InRange(clock.Elapsed.TotalSeconds, 1.9, 30);
    }

    [Fact]
    public async Task MemoryStaysBoundedWhenTheDiskIsSlow()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeFile[] files = [.. Enumerable.Range(0, 4).Select(i => FakeFile.Generated($"model-{i}.bin", 64 * Megabyte, seed: i + 1))];
        cache.Hub.AddRepo("org/name").Commit("main", files);

        // In a process of its own: here the Hub and the other tests allocate as well.
        using var worker = WorkerProcess.Start([], null, ["memory", cache.Hub.Endpoint.AbsoluteUri, cache.Path, "org/name"]);
        IReadOnlyDictionary<string, string?> answer = await worker.ResultAsync();

        Assert.Null(answer["Error"]);

        // 256 MB come faster than they are written; the pool has 64.
        Assert.InRange(long.Parse(answer["Most"]!, CultureInfo.InvariantCulture), 1, 140 * Megabyte);
    }

    [Fact]
    public async Task SmallFilesDoNotWaitBehindLargeOnes()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeFile[] files = [
            .. Enumerable.Range(0, 10).Select(i => FakeFile.Generated($"model-{i}.bin", 20 * Megabyte, seed: i + 1)),
            FakeFile.FromText("z.txt", "small")
        ];
        cache.Hub.AddRepo("org/name").Commit("main", files);
        cache.Hub.Faults.Add(Fault.Throttle(Megabyte) with { PathContains = "model-", Times = -1 });
        var recorder = new Recorder();
        using var stop = new CancellationTokenSource();

        Task<IReadOnlyList<DownloadOutcome>> download = cache.DownloadAsync(
            TestCache.Request("org/name", files.Select(file => file.Path)), recorder: recorder, cancellationToken: stop.Token);
        await Until.TrueAsync(() => recorder.Progress.Any(progress => progress is { Name: "z.txt", IsFinished: true }));

        Assert.Contains(recorder.Progress, progress => progress is { Length: 20 * Megabyte, IsFinished: false });
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download);
    }
}
