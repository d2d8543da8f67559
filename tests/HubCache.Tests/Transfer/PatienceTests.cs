using System.Diagnostics;
using System.Globalization;
using FakeHub;
using HubCache.Retry;
using HubCache.Tests.Support;
using HubCache.Transfer;
using Xunit;

namespace HubCache.Tests.Transfer;

/// <summary>How long is waited, and that it ends.</summary>
public sealed class PatienceTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task ARequestedPauseOfSecondsIsKept()
    {
        await using TestCache cache = await StartAsync();
        cache.Hub.Faults.Add(Fault.Status(429, new Dictionary<string, string?> { ["Retry-After"] = "1" }));

        await AssertWaitedASecondAsync(cache);
    }

    [Fact]
    public async Task ARequestedPauseUntilADateIsKept()
    {
        await using TestCache cache = await StartAsync();
        string date = DateTimeOffset.UtcNow.AddSeconds(3).ToString("r", CultureInfo.InvariantCulture);
        cache.Hub.Faults.Add(Fault.Status(503, new Dictionary<string, string?> { ["Retry-After"] = date }));

        await AssertWaitedASecondAsync(cache);
    }

    [Fact]
    public async Task AnExhaustedRateLimitIsWaitedFor()
    {
        await using TestCache cache = await StartAsync();
        cache.Hub.Faults.Add(Fault.Status(429, new Dictionary<string, string?> { ["RateLimit"] = "\"resolvers\";r=0;t=1" }) with
        {
            Origin = Origin.Storage
        });

        await AssertWaitedASecondAsync(cache);
    }

    [Fact]
    public async Task APauseLongerThanThePatienceEndsAtOnce()
    {
        int attempts = 0;
        long began = Stopwatch.GetTimestamp();

        var error = await Assert.ThrowsAsync<HubCacheException>(() => new PollyRetryPolicy(Short).RunAsync(
            (_, _) =>
            {
                attempts++;
                throw Failure(TimeSpan.FromDays(3));
            },
            new RetryLimits(5, TimeSpan.FromSeconds(30)),
            _ => { },
            default));

        Assert.Equal(HubErrorCode.RateLimited, error.Code);
        Assert.Equal(1, attempts);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 5);
    }

    [Fact]
    public async Task NoRetryBeginsAfterThePatienceIsOver()
    {
        var retries = new List<RetryNotice>();

        await Assert.ThrowsAsync<HubCacheException>(() => new PollyRetryPolicy(Short).RunAsync(
            async (_, token) =>
            {
                await Task.Delay(150, token);
                throw Failure(null);
            },
            new RetryLimits(1000, TimeSpan.FromMilliseconds(400)),
            retries.Add,
            default));

        Assert.InRange(retries.Count, 1, 3);
    }

    [Fact]
    public void ByDefaultItEndsWithinTwoMinutesAndMoreRetriesLengthenIt()
    {
        Assert.InRange(RetryLimits.For(HubOptions.UsualRetryCount).Patience.TotalSeconds, 60, 110);
        Assert.Equal(RetryLimits.For(0).Patience, RetryLimits.For(5).Patience);
        Assert.Equal(2 * RetryLimits.For(5).Patience, RetryLimits.For(10).Patience);
    }

    [Fact]
    public async Task ProgressRefillsTheRetries()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", 6_000_000)]);
        cache.Hub.Faults.Add(Fault.ResetAfter(600_000) with { Times = -1 });

        // Ten resets; one retry would not do if it were for the whole file.
        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin", options: cache.Options with { MaximumRetryCount = 1 });

        Assert.Null(outcome.Error);
    }

    [Fact]
    public async Task ABodyThatCrawlsIsAStall()
    {
        using var answer = new ByteAnswer(new Crawl(), new Uri("http://hub.example/x"), 0, 1000, true, new MemoryStream());
        using var body = new TimedBody(
            answer,
            TimeSpan.FromSeconds(5),
            TimeSpan.FromSeconds(5),
            new StallClock(TimeSpan.FromMilliseconds(300), TimeProvider.System),
            TimeProvider.System);

        var error = await Assert.ThrowsAsync<TransientException>(async () =>
        {
            byte[] buffer = new byte[10];
            while (await body.ReadAsync(buffer, default) > 0)
            {
            }
        });

        Assert.Equal(HubErrorCode.TransferTimeout, error.Cause.Code);
    }

    private static TransientException Failure(TimeSpan? pause)
        => new(new HubCacheException(HubErrorCode.RateLimited, "No.", "x", "Wait."), pause);

    private static async Task<TestCache> StartAsync()
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", 5000)]);
        return cache;
    }

    private static async Task AssertWaitedASecondAsync(TestCache cache)
    {
        long began = Stopwatch.GetTimestamp();
        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Null(outcome.Error);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.9, 20);
    }

    /// <summary>One byte every 50 ms.</summary>
    private sealed class Crawl : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(50, cancellationToken);
            buffer.Span[0] = 1;
            return 1;
        }
    }
}
