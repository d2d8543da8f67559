using FakeHub;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Testing;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Download;

/// <summary>What an earlier download left is gone on with, and whatever is wrong with it costs bytes and nothing else.</summary>
[Collection("processes")]
public sealed class ResumeTests
{
    private const int Megabyte = 1 << 20;
    private const int Size = 24 * Megabyte;
    private const int Left = 20 * Megabyte;

    private static readonly FakeFile Model = FakeFile.Generated("model.bin", Size);

    [Fact]
    public async Task WhatWasSetFreeIsTakenOver()
    {
        await using TestCache cache = await StartAsync();
        Leave(cache, IncompleteName.NewFree(Etag), Prefix());

        await AssertResumedAsync(cache);

        // The bytes that were there before are of no validator that this download was given.
        Assert.Null(cache.Hub.Log.Entries.First(entry => entry.Origin == Origin.Storage).IfRange);
        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task WhatADeadProcessLeftIsTakenOver()
    {
        await using TestCache cache = await StartAsync();
        Leave(cache, DeadName(), Prefix());

        await AssertResumedAsync(cache);

        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task TheLongestIsTakenAndTheOthersGo()
    {
        await using TestCache cache = await StartAsync();
        Leave(cache, IncompleteName.NewFree(Etag), Prefix()[..(10 * Megabyte)]);
        Leave(cache, IncompleteName.NewFree(Etag), Prefix());
        Leave(cache, DeadName(), Prefix()[..(3 * Megabyte)]);

        await AssertResumedAsync(cache);

        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task AWholeFileThatNobodyPublishedCostsNoByte()
    {
        await using TestCache cache = await StartAsync();
        Leave(cache, IncompleteName.NewFree(Etag), Model.ToArray());

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Equal(("Resumed", 0), (outcome.File!.Source, outcome.File.BytesDownloaded));
        Assert.Equal(0, cache.Hub.Log.Count(origin: Origin.Storage));
        CacheRules.AssertKept(cache.Path);
        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task WrongBytesAreFoundInTheHashAndFetchedFromNothing()
    {
        await using TestCache cache = await StartAsync();
        byte[] bytes = Prefix();
        bytes[Megabyte] ^= 1;
        Leave(cache, IncompleteName.NewFree(Etag), bytes);

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Equal("Downloaded", outcome.File!.Source);
        Assert.Equal((Size - Left) + Size, outcome.File.BytesDownloaded);
        CacheRules.AssertKept(cache.Path);
        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task OneThatIsLongerThanTheFileIsOfNoUse()
    {
        await using TestCache cache = await StartAsync();
        Leave(cache, IncompleteName.NewFree(Etag), [.. Model.ToArray(), 1]);

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Equal(("Downloaded", Size), (outcome.File!.Source, outcome.File.BytesDownloaded));
        Assert.Empty(cache.Incomplete());
    }

    [Theory]
    [InlineData(".incomplete")]
    [InlineData(".0123abcd.incomplete")]
    public async Task AnotherClientsFileIsCopiedAndStays(string suffix)
    {
        await using TestCache cache = await StartAsync();
        string path = Leave(cache, Etag.Value + suffix, Prefix());
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-1));

        await AssertResumedAsync(cache);

        Assert.Equal(Prefix(), await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task AnotherClientsFileOfTheWholeLengthIsNotTrusted()
    {
        await using TestCache cache = await StartAsync();
        string path = Leave(cache, Etag.Value + ".incomplete", new byte[Size]);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-1));

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Equal(("Downloaded", Size), (outcome.File!.Source, outcome.File.BytesDownloaded));
    }

    [Fact]
    public async Task AnotherUsersIsCopied()
    {
        await using TestCache cache = await StartAsync();
        Leave(cache, IncompleteName.NewFree(Etag), Prefix());
        var disk = new StrangersDisk();

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.Equal(("Resumed", Size - Left), (outcome.File!.Source, outcome.File.BytesDownloaded));
        Assert.DoesNotContain(disk.Renamed, name => name.Contains(".free-", StringComparison.Ordinal));
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task OfTwoWhoWantItOneHasItAndTheOtherWaits()
    {
        await using TestCache cache = await StartAsync();
        Leave(cache, IncompleteName.NewFree(Etag), Prefix());
        cache.Hub.Faults.Add(Fault.Barrier(2) with { Method = "HEAD" });

        DownloadOutcome[] outcomes =
            await Task.WhenAll(cache.DownloadAsync("org/name", "model.bin"), cache.DownloadAsync("org/name", "model.bin"));

        Assert.All(outcomes, outcome => Assert.Null(outcome.Error));
        Assert.InRange(cache.Hub.Log.BytesSent(), Size - Left, Size - Left + (2 * Megabyte));
        CacheRules.AssertKept(cache.Path);
        Assert.Empty(cache.Incomplete());
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(12, false)]
    public async Task AFailedNetworkLeavesWhatIsWorthIt(int megabytes, bool isLeft)
    {
        await using TestCache cache = await StartAsync();
        cache.Hub.Faults.Add(Fault.StallAt(megabytes * Megabyte));
        HubOptions impatient = cache.Options with { OperationTimeout = TimeSpan.FromSeconds(1), MaximumRetryCount = 1 };

        DownloadOutcome failed = await cache.DownloadAsync("org/name", "model.bin", options: impatient);

        Assert.Equal(HubErrorCode.TransferTimeout, failed.Error!.Code);
        if (!isLeft)
        {
            Assert.Empty(cache.Incomplete());
            return;
        }

        string temp = Assert.Single(cache.Incomplete());
        Assert.True(IncompleteName.IsFree(Path.GetFileName(temp)));
        long left = new FileInfo(Path.Combine(cache.Path, temp)).Length;
        Assert.InRange(left, 16 * Megabyte, megabytes * Megabyte);
        cache.Hub.Faults.Clear();
        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");
        Assert.Equal(("Resumed", Size - left), (outcome.File!.Source, outcome.File.BytesDownloaded));
        CacheRules.AssertKept(cache.Path);
        Assert.Empty(cache.Incomplete());
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(12, false)]
    public async Task AStopLeavesWhatIsWorthIt(int megabytes, bool isLeft)
    {
        await using TestCache cache = await StartAsync();
        cache.Hub.Faults.Add(Fault.StallAt(megabytes * Megabyte));
        HubOptions patient = cache.Options with { OperationTimeout = TimeSpan.FromSeconds(60) };
        var recorder = new Recorder();
        using var stop = new CancellationTokenSource();
        Task<IReadOnlyList<DownloadOutcome>> download =
            cache.DownloadAsync(TestCache.Request("org/name", ["model.bin"]), patient, recorder, stop.Token);
        await Until.TrueAsync(() => recorder.Progress.Any(progress => progress.BytesDone >= (megabytes - 2) * Megabyte));

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download);

        Assert.Equal(isLeft ? [true] : [], cache.Incomplete().Select(temp => IncompleteName.IsFree(Path.GetFileName(temp))));
        Assert.All(
            cache.Incomplete(),
            temp => Assert.InRange(new FileInfo(Path.Combine(cache.Path, temp)).Length, 16 * Megabyte, megabytes * Megabyte));
    }

    [Fact]
    public async Task OneThatIsExchangedWhileItIsTakenOverIsNotWrittenTo()
    {
        await using TestCache cache = await StartAsync();
        string dead = Leave(cache, IncompleteName.NewFree(Etag), Prefix());
        string theirs = Path.Combine(cache.Root, "theirs");
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                // Opened by now: somebody else was faster, and a file of theirs has come up under the old name.
                if (call.Operation == nameof(Disk.Rename) && call.Path == dead && !File.Exists(theirs))
                {
                    File.Move(dead, theirs);
                    File.WriteAllBytes(dead, new byte[Left]);
                }
            },
        };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.Null(outcome.Error);
        Assert.Equal(Prefix(), await File.ReadAllBytesAsync(theirs));
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task WhatTheHubRefusesOrTheDiskSpoilsIsDropped()
    {
        await using TestCache cache = await StartAsync();
        foreach (DiskError error in (DiskError[])[DiskError.NoSpace, DiskError.InputOutput, DiskError.QuotaExceeded])
        {
            var disk = new FaultyDisk
            {
                Fault = call => call is { Operation: nameof(Disk.Flush), Target: null }
                && call.Path.Contains(Etag.Value, StringComparison.Ordinal) ? error : null
            };
            Assert.Equal(HubErrorCode.CacheWriteFailed, (await DownloadAsync(cache, disk)).Error!.Code);
            Assert.Empty(cache.Incomplete());
        }

        cache.Hub.Faults.Add(Fault.FlipBit(Left) with { Times = -1 });
        Assert.Equal(HubErrorCode.HashMismatch, (await cache.DownloadAsync("org/name", "model.bin")).Error!.Code);
        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task ForceGoesOnWithNothing()
    {
        await using TestCache cache = await StartAsync();
        Leave(cache, IncompleteName.NewFree(Etag), Prefix());

        DownloadOutcome outcome = (await cache.DownloadAsync(TestCache.Request("org/name", ["model.bin"], force: true)))[0];

        Assert.Equal(("Downloaded", Size), (outcome.File!.Source, outcome.File.BytesDownloaded));
        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task AKilledProcessCostsNoMoreThanWhatWasOnItsWay()
    {
        const int Large = 64 * Megabyte;
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { TotalBytesPerSecond = 40 * Megabyte });
        var file = FakeFile.Generated("large.bin", Large);
        cache.Hub.AddRepo("org/large").Commit("main", [file]);
        var random = new Random(7);
        for (int round = 0; round < 4; round++)
        {
            cache.Hub.Log.Clear();
            using var worker = WorkerProcess.Download(cache, "org/large", "large.bin");
            int share = random.Next(45, 75);
            await Until.TrueAsync(() => cache.Hub.Log.BytesSent("large.bin") > (long)Large * share / 100);
            worker.Kill();
            await worker.ExitAsync();
            long sent = cache.Hub.Log.BytesSent("large.bin");
            long left = new FileInfo(Path.Combine(cache.Path, Assert.Single(cache.Incomplete()))).Length;
            Assert.InRange(left, sent - (32 * Megabyte), sent);

            DownloadOutcome outcome = await cache.DownloadAsync("org/large", "large.bin");

            Assert.Equal("Resumed", outcome.File!.Source);
            Assert.InRange(outcome.File.BytesDownloaded, Large - left, Large - left + Megabyte);
            CacheRules.AssertKept(cache.Path);
            Assert.Empty(cache.Incomplete());
            Directory.Delete(cache.Path, recursive: true);
        }
    }

    private static ETag Etag => ETag.TryParse(Model.Etag)!;

    private static byte[] Prefix() => Model.ToArray()[..Left];

    // No process has this number: Linux gives none above 4,194,304.
    private static string DeadName()
        => new IncompleteName(Etag.Value, 1, ProcessIdentity.Current with { Pid = 0x7fffff }, 0x0123).ToString();

    private static string Leave(TestCache cache, string name, byte[] bytes)
    {
        string blobs = Directory.CreateDirectory(Path.Combine(cache.Path, "models--org--name", "blobs")).FullName;
        string path = Path.Combine(blobs, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static async Task<TestCache> StartAsync()
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [Model]);
        return cache;
    }

    private static async Task<DownloadOutcome> DownloadAsync(TestCache cache, Disk disk)
    {
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);
        return (await downloader.DownloadAsync(TestCache.Request("org/name", ["model.bin"]), new Recorder(), default))[0];
    }

    private static async Task AssertResumedAsync(TestCache cache)
    {
        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Null(outcome.Error);
        Assert.Equal(("Resumed", Size - Left, "Sha256"), (outcome.File!.Source, outcome.File.BytesDownloaded, outcome.File.Verification));
        Assert.InRange(cache.Hub.Log.BytesSent(), Size - Left, Size - Left + Megabyte);
        CacheRules.AssertKept(cache.Path);
    }

    /// <summary>A disk on which no file is this user's own.</summary>
    private sealed class StrangersDisk : ForwardingDisk
    {
        public List<string> Renamed { get; } = [];

        public override bool IsOwn(FileFacts facts) => false;

        public override void Rename(string from, string to)
        {
            Renamed.Add(Path.GetFileName(from));
            base.Rename(from, to);
        }
    }
}
