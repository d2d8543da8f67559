using FakeHub;
using HubCache.Retry;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Transfer;

/// <summary>The Hub says when to come back: it is waited for, seen on the progress, and takes nothing from the patience.</summary>
public sealed class AskedWaitTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(10);

    [Theory]
    [InlineData("RateLimit", "\"resolvers\";r=0;t=130", 130)]
    [InlineData("Retry-After", "300", 300)]
    public async Task AWindowIsWaitedForByEveryFile(string header, string value, int seconds)
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeFile[] files = [.. Enumerable.Range(0, 120).Select(number => FakeFile.FromText($"file{number}.txt", $"text {number}"))];
        cache.Hub.AddRepo("org/name").Commit("main", files);
        ArmedFault limit = cache.Hub.Faults.Add(
            Fault.Status(429, new Dictionary<string, string?> { [header] = value }) with
            {
                PathContains = "/resolve/",
                Skip = 60,
                Times = -1
            });
        var clock = new ManualTime();
        using var downloader = new HubDownloader(cache.Options, new PollyRetryPolicy(Short, clock));
        var recorder = new Recorder();

        Task<IReadOnlyList<DownloadOutcome>> download =
            downloader.DownloadAsync(TestCache.Request("org/name", files.Select(file => file.Path)), recorder, CancellationToken.None);
        await Until.TrueAsync(() => recorder.Progress.Any(progress => progress.WaitsUntil is not null));
        cache.Hub.Faults.Remove(limit);

        // Whoever is still being answered must not see the clock jump.
        await Until.TrueAsync(() => cache.Hub.Log.Entries.All(entry => entry.Finished)
            && recorder.Progress.All(progress => progress.IsFinished || progress.WaitsUntil is not null || progress.Activity == "Waiting"));
        clock.Advance(TimeSpan.FromSeconds(seconds - 5));
        Assert.False(download.IsCompleted);
        await PassAsync(clock, download);

        Assert.All(await download, outcome => Assert.Null(outcome.Error));
        Assert.All(recorder.Progress, progress => Assert.Null(progress.WaitsUntil));
        Assert.InRange(limit.Fired, 1, HubOptions.UsualSmallFiles);
    }

    [Fact]
    public async Task AWindowThatIsLongerThanAnybodyWaitsEndsAtOnceAndSaysWhenToComeBack()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "hello")]);
        cache.Hub.Faults.Add(
            Fault.Status(429, new Dictionary<string, string?> { ["RateLimit"] = "\"resolvers\";r=0;t=3600" }) with { Times = -1 });

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "a.txt");

        Assert.Equal(HubErrorCode.RateLimited, outcome.Error!.Code);
        Assert.Contains("3600 seconds, until " + DateTimeOffset.UtcNow
            .AddHours(1)
            .ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), outcome.Error.Message, StringComparison.Ordinal);
        Assert.Equal(1, cache.Hub.Log.Count());
    }

    [Theory]
    [InlineData(3600, 4000, true)]
    [InlineData(30, 20, false)]
    public async Task TheLongestWaitIsTheCallers(int asked, int longest, bool isWaitedFor)
    {
        var clock = new ManualTime();
        var limits = new RetryLimits(1, TimeSpan.FromSeconds(1)) { LongestWait = TimeSpan.FromSeconds(longest) };
        var notices = new List<RetryNotice>();
        Task run = new PollyRetryPolicy(Short, clock).RunAsync((_, _) => Refuse(asked), limits, notices.Add, CancellationToken.None);
        if (isWaitedFor)
        {
            Assert.False(run.IsCompleted);
            await PassAsync(clock, run);
        }

        await Assert.ThrowsAsync<HubCacheException>(() => run);
        Assert.Equal(isWaitedFor ? 1 : 0, notices.Count(notice => notice.IsAsked));
    }

    [Fact]
    public async Task WaitingAsAskedTakesNothingFromThePatience()
    {
        var clock = new ManualTime();
        var left = new List<TimeSpan>();
        Task run = new PollyRetryPolicy(Short, clock).RunAsync(
            (patience, _) =>
            {
                left.Add(patience);
                return left.Count == 4 ? Task.CompletedTask : Refuse(200);
            },
            new RetryLimits(5, TimeSpan.FromSeconds(100)),
            _ => { },
            CancellationToken.None);
        await PassAsync(clock, run);
        await run;

        Assert.Equal(4, left.Count);
        Assert.All(left, patience => Assert.InRange(patience.TotalSeconds, 90, 100));
        Assert.InRange(clock.Passed.TotalSeconds, 600, 700);
    }

    [Fact]
    public async Task WhoeverWaitsAsAskedShowsThatHeIsAlive()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("big.bin", 9 << 20)]);
        ArmedFault limit = cache.Hub.Faults.Add(
            Fault.Status(429, new Dictionary<string, string?> { ["RateLimit"] = "\"resolvers\";r=0;t=130" }) with
            {
                Method = "GET",
                Origin = Origin.Storage,
                Times = -1
            });
        var clock = new ManualTime();
        using var downloader = new HubDownloader(cache.Options, new PollyRetryPolicy(Short, clock));
        var recorder = new Recorder();

        Task<IReadOnlyList<DownloadOutcome>> download =
            downloader.DownloadAsync(TestCache.Request("org/name", ["big.bin"]), recorder, CancellationToken.None);
        await Until.TrueAsync(() => recorder.Progress.Any(progress => progress.WaitsUntil is not null) && clock.Pending.Count > 1);
        cache.Hub.Faults.Remove(limit);
        string temp = Path.Combine(cache.Path, cache.Incomplete().Single());
        for (int looks = 0; looks < 5; looks++)
        {
            var old = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
            File.SetLastWriteTimeUtc(temp, old);
            clock.Advance(TimeSpan.FromSeconds(25));
            Assert.NotEqual(old, File.GetLastWriteTimeUtc(temp));
        }

        await PassAsync(clock, download);
        Assert.Null((await download)[0].Error);
    }

    private static Task Refuse(int seconds) => throw new TransientException(
        new HubCacheException(HubErrorCode.RateLimited, "busy", "x", "wait"), TimeSpan.FromSeconds(seconds));

    private static async Task PassAsync(ManualTime clock, Task task)
    {
        await Until.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return task.IsCompleted;
        });
    }
}
