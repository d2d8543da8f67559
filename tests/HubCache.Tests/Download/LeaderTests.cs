using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Download;

/// <summary>Processes that compete for the machine: one class at a time.</summary>
[CollectionDefinition("processes", DisableParallelization = true)]
public sealed class ProcessesAlone;

/// <summary>Who fetches, when several want the same blob.</summary>
[Collection("processes")]
public sealed class LeaderTests
{
    private const int Megabyte = 1 << 20;

    [Fact]
    public async Task TwoDownloadsInOneProcessFetchTheBytesOnce()
    {
        await using TestCache cache = await StartAsync(16 * Megabyte);
        cache.Hub.Faults.Add(Fault.Barrier(2) with { Method = "HEAD" });

        DownloadOutcome[] outcomes =
            await Task.WhenAll(cache.DownloadAsync("org/name", "model.bin"), cache.DownloadAsync("org/name", "model.bin"));

        Assert.All(outcomes, outcome => Assert.Null(outcome.Error));
        Assert.Equal(["Cache", "Downloaded"], outcomes.Select(outcome => outcome.File!.Source).Order());
        Assert.InRange(cache.Hub.Log.BytesSent(), 16 * Megabyte, 1.2 * 16 * Megabyte);
        Assert.Empty(cache.Incomplete());
    }

    [Theory]
    [InlineData("")]
    [InlineData("--no-locks")]
    public async Task EightProcessesFetchTheBytesOnce(string option)
    {
        const int Size = 32 * Megabyte;
        await using TestCache cache = await StartAsync(Size);
        cache.Hub.Faults.Add(Fault.Barrier(8) with { Method = "HEAD" });
        WorkerProcess[] workers = [.. Enumerable.Range(0, 8).Select(_ => WorkerProcess.Download(cache, "org/name", "model.bin", option))];
        try
        {
            IReadOnlyDictionary<string, string?>[] answers = await Task.WhenAll(workers.Select(worker => worker.ResultAsync()));

            Assert.All(answers, answer => Assert.Null(answer["Error"]));
            Assert.Single(answers, answer => answer["Source"] == "Downloaded");
            Assert.InRange(cache.Hub.Log.BytesSent(), Size, 1.2 * Size);
            CacheRules.AssertKept(cache.Path);
            Assert.Empty(cache.Incomplete());
        }
        finally
        {
            Array.ForEach(workers, worker => worker.Dispose());
        }
    }

    [Fact]
    public async Task WhenTheLeaderIsKilledAnotherTakesOverAtOnceAndSweepsUp()
    {
        await using TestCache cache = await StartAsync(16 * Megabyte);
        ArmedFault stall = cache.Hub.Faults.Add(Fault.Stall(4 * Megabyte) with { Times = -1 });
        using var leader = WorkerProcess.Download(cache, "org/name", "model.bin");
        await WaitForAsync(() => LargestTemp(cache) >= 3 * Megabyte && stall.Fired > 0);
        var recorder = new Recorder();
        Task<DownloadOutcome> waiting = cache.DownloadAsync("org/name", "model.bin", recorder: recorder);
        await WaitForAsync(() => recorder.Notes.Any(note => note.Contains("waiting", StringComparison.Ordinal)));

        cache.Hub.Faults.Clear();
        leader.Kill();
        DownloadOutcome outcome = await waiting.WaitAsync(TimeSpan.FromSeconds(15));

        Assert.Equal("Resumed", outcome.File!.Source);
        CacheRules.AssertKept(cache.Path);
        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task ALeaderThatGaveNoSignForLongIsOvertaken()
    {
        await using TestCache cache = await StartAsync(16 * Megabyte);
        cache.Hub.Faults.Add(Fault.Stall(4 * Megabyte) with { Times = -1 });
        using var leader = WorkerProcess.Download(cache, "org/name", "model.bin");
        await WaitForAsync(() => LargestTemp(cache) >= 3 * Megabyte);
        string temp = Path.Combine(cache.Path, Assert.Single(cache.Incomplete()));
        DateTime longAgo = DateTime.UtcNow.AddMinutes(-1);
        do
        {
            // What it had received by then may still be on its way to the file.
            File.SetLastWriteTimeUtc(temp, longAgo);
            await Task.Delay(500);
        }
        while (File.GetLastWriteTimeUtc(temp) > longAgo.AddSeconds(10));

        cache.Hub.Faults.Clear();
        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin").WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal("Resumed", outcome.File!.Source);

        // It still runs, so its temp is its own.
        Assert.Single(cache.Incomplete());
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task WhoComesLateWaitsWithoutASingleByte()
    {
        await using TestCache cache = await StartAsync(16 * Megabyte);
        cache.Hub.Faults.Add(Fault.Stall(4 * Megabyte, seconds: 2));
        using var leader = WorkerProcess.Download(cache, "org/name", "model.bin");
        await WaitForAsync(() => LargestTemp(cache) >= 3 * Megabyte);

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Equal("Cache", outcome.File!.Source);
        Assert.Equal(0, outcome.File.BytesDownloaded);
        Assert.Equal("Downloaded", (await leader.ResultAsync())["Source"]);

        // The leader may ask for a stalled segment once more; a second download would be 16 MB.
        Assert.InRange(cache.Hub.Log.BytesSent(), 16 * Megabyte, 24 * Megabyte);
    }

    [Fact]
    public async Task SmallFilesAreFetchedWithoutAContest()
    {
        await using TestCache cache = await StartAsync(Megabyte);
        cache.Hub.Faults.Add(Fault.Barrier(2) with { Method = "HEAD" });

        DownloadOutcome[] outcomes =
            await Task.WhenAll(cache.DownloadAsync("org/name", "model.bin"), cache.DownloadAsync("org/name", "model.bin"));

        Assert.All(outcomes, outcome => Assert.Null(outcome.Error));
        CacheRules.AssertKept(cache.Path);
    }

    private static async Task<TestCache> StartAsync(int size)
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", size)]);
        return cache;
    }

    private static long LargestTemp(TestCache cache)
        => cache.Incomplete().Select(file => new FileInfo(Path.Combine(cache.Path, file)).Length).DefaultIfEmpty().Max();

    private static async Task WaitForAsync(Func<bool> condition)
    {
        for (int tries = 0; tries < 1200 && !condition(); tries++)
        {
            await Task.Delay(50);
        }

        Assert.True(condition());
    }
}
