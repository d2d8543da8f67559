using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Download;

/// <summary>Small files: one request to the storage each, many at once, and not fetched by everybody who wants them.</summary>
public sealed class SmallFileTests
{
    private const int Size = 1_500_000;

    [Theory]
    [InlineData(Size)]
    [InlineData(9 << 20)]
    public async Task AFileCostsOneRequestToTheStorage(int size)
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { StorageLatencyMilliseconds = 150 });
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", size)]);

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Null(outcome.Error);
        Assert.Equal(1, cache.Hub.Log.Count(method: "GET", origin: Origin.Storage));
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task ManyAreOnTheirWayAtOnceUnlessACeilingIsGiven()
    {
        await using TestCache cache = await StartAsync(files: 100, size: 20_000, latency: 40);

        await cache.DownloadAsync(TestCache.Request("org/name", Names(100)));
        int most = cache.Hub.Log.MostAtOnce(origin: Origin.Storage);
        Directory.Delete(cache.Path, recursive: true);
        cache.Hub.ForgetRequests();
        await cache.DownloadAsync(TestCache.Request("org/name", Names(100)), cache.Options with { ThrottleLimit = 5 });

        Assert.InRange(most, 9, 32);
        Assert.InRange(cache.Hub.Log.MostAtOnce(origin: Origin.Storage), 2, 5);
    }

    [Fact]
    public async Task InOneProcessABlobIsFetchedOnce()
    {
        await using TestCache cache = await StartAsync(files: 20, size: 300_000, latency: 20);

        IReadOnlyList<DownloadOutcome>[] calls =
            await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => cache.DownloadAsync(TestCache.Request("org/name", Names(20)))));

        Assert.All(calls.SelectMany(call => call), outcome => Assert.Null(outcome.Error));
        Assert.Equal(20 * 300_000, cache.Hub.Log.Entries.Where(entry => entry.Origin == Origin.Storage).Sum(entry => entry.BodyBytes));
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task WhoWaitsInAProcessFetchesItselfWhenTheOtherFails()
    {
        await using TestCache cache = await StartAsync(files: 1, size: 300_000, latency: 0);
        cache.Hub.Faults.Add(Fault.Stall(1000));
        using var stop = new CancellationTokenSource();
        Task<IReadOnlyList<DownloadOutcome>> first = cache.DownloadAsync(
            TestCache.Request("org/name", Names(1)), cache.Options with { OperationTimeout = TimeSpan.FromMinutes(1) }, null, stop.Token);
        await Until.TrueAsync(() => cache.Hub.Log.Count(method: "GET", origin: Origin.Storage) == 1);
        var recorder = new Recorder();
        Task<IReadOnlyList<DownloadOutcome>> second = cache.DownloadAsync(TestCache.Request("org/name", Names(1)), recorder: recorder);
        await Until.TrueAsync(() => recorder.Notes.Any(note => note.Contains("another call of this process", StringComparison.Ordinal)));

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal("Downloaded", (await second)[0].File!.Source);
    }

    [Theory]
    [InlineData("", 1.2)]
    [InlineData("--no-locks", 2)]
    public async Task SixProcessesShareTheFilesAmongThemselves(string option, double most)
    {
        const int Files = 60;
        await using TestCache cache = await StartAsync(Files, 200_000, latency: 30);
        cache.Hub.Faults.Add(Fault.Barrier(6) with { PathContains = "/tree/" });
        WorkerProcess[] workers = [.. Enumerable.Range(0, 6).Select(_ => WorkerProcess.Download(cache, "org/name", "*.bin", option))];
        try
        {
            IReadOnlyDictionary<string, string?>[] answers = await Task.WhenAll(workers.Select(worker => worker.ResultAsync()));

            Assert.All(answers, answer => Assert.Null(answer["Error"]));
            Assert.InRange(
                cache.Hub.Log.Entries.Where(entry => entry.Origin == Origin.Storage).Sum(entry => entry.BodyBytes),
                Files * 200_000,
                most * Files * 200_000);
            CacheRules.AssertKept(cache.Path);
        }
        finally
        {
            Array.ForEach(workers, worker => worker.Dispose());
        }
    }

    private static async Task<TestCache> StartAsync(int files, int size, int latency)
    {
        TestCache cache = await TestCache.StartAsync(new FakeHubOptions { LatencyMilliseconds = latency });
        int seed = 0;
        cache.Hub.AddRepo("org/name").Commit("main", [.. Names(files).Select(name => FakeFile.Generated(name, size, seed: ++seed))]);
        return cache;
    }

    private static IEnumerable<string> Names(int files) => Enumerable.Range(0, files).Select(number => $"part-{number:00}.bin");
}
