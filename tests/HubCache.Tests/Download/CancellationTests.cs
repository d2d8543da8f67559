using System.Diagnostics;
using FakeHub;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Download;

/// <summary>A stop ends quickly and leaves no temp, whatever was going on.</summary>
public sealed class CancellationTests
{
    private const int Megabyte = 1 << 20;

    [Fact]
    public async Task DuringAStall()
    {
        await using TestCache cache = await StartAsync(10 * Megabyte);
        cache.Hub.Faults.Add(Fault.Stall(3 * Megabyte) with { Times = -1 });

        await AssertStopsAsync(cache, recorder => recorder.Progress.Any(progress => progress.BytesDone > Megabyte));
    }

    [Fact]
    public async Task DuringATransferThatRuns()
    {
        await using TestCache cache = await StartAsync(10 * Megabyte);
        cache.Hub.Faults.Add(Fault.Throttle(2 * Megabyte) with { Times = -1 });

        await AssertStopsAsync(cache, recorder => recorder.Progress.Any(progress => progress.BytesDone > Megabyte));
    }

    [Fact]
    public async Task WhileMetadataAreWaitedFor()
    {
        await using TestCache cache = await StartAsync(Megabyte);
        cache.Hub.Faults.Add(Fault.Delay(60_000) with { Times = -1 });

        await AssertStopsAsync(cache, _ => cache.Hub.Log.Count() > 0);
    }

    [Fact]
    public async Task DuringAPauseBeforeARetry()
    {
        await using TestCache cache = await StartAsync(Megabyte);
        cache.Hub.Faults.Add(
            Fault.Status(429, new Dictionary<string, string?> { ["Retry-After"] = "50" }) with { Origin = Origin.Storage, Times = -1 });

        await AssertStopsAsync(cache, recorder => recorder.Notes.Any(note => note.Contains("retry 1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task WhileAnotherIsWaitedFor()
    {
        await using TestCache cache = await StartAsync(10 * Megabyte);
        string etag = cache.Hub.FindRepo("org/name")!.FindFile("main", "model.bin")!.Etag;
        string blobs = Directory.CreateDirectory(Path.Combine(cache.Path, "models--org--name", "blobs")).FullName;

        // A living neighbour that has two megabytes: the process that runs the system.
        var neighbour = new IncompleteName(etag, 1, ProcessIdentity.Current with { Pid = 1, Start = 0 }, 0x0123);
        string temp = Path.Combine(blobs, neighbour.ToString());
        await File.WriteAllBytesAsync(temp, new byte[2 * Megabyte]);

        await AssertStopsAsync(
            cache,
            recorder => recorder.Notes.Any(note => note.Contains("waiting", StringComparison.Ordinal)),
            left: Path.GetFileName(temp));
    }

    [Fact]
    public async Task BeforeItBegan()
    {
        await using TestCache cache = await StartAsync(Megabyte);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => cache.DownloadAsync(
                TestCache.Request("org/name", ["model.bin"]), cancellationToken: new CancellationToken(canceled: true)));
        Assert.False(Directory.Exists(cache.Path));
    }

    private static async Task<TestCache> StartAsync(int size)
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", size)]);
        return cache;
    }

    private static async Task AssertStopsAsync(TestCache cache, Func<Recorder, bool> isThere, string? left = null)
    {
        var recorder = new Recorder();
        using var stop = new CancellationTokenSource();
        HubOptions patient =
            cache.Options with { OperationTimeout = TimeSpan.FromSeconds(60), ConnectionTimeout = TimeSpan.FromSeconds(60) };
        Task<IReadOnlyList<DownloadOutcome>> download =
            cache.DownloadAsync(TestCache.Request("org/name", ["model.bin"]), patient, recorder, stop.Token);
        for (int tries = 0; tries < 1200 && !isThere(recorder) && !download.IsCompleted; tries++)
        {
            await Task.Delay(25);
        }

        Assert.True(isThere(recorder));
        long began = Stopwatch.GetTimestamp();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download);

        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 3);
        Assert.Equal(left is null ? [] : [left], cache.Incomplete().Select(Path.GetFileName));
        Assert.DoesNotContain(cache.Files(), file => file.Contains("/refs/", StringComparison.Ordinal));
    }
}
