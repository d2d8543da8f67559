using FakeHub;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Store;

/// <summary>What is reported done is on the disk: the order of the calls, and what a failed one ends.</summary>
public sealed class DurabilityTests
{
    [Fact]
    public async Task BytesThenNameThenLinkThenRef()
    {
        await using TestCache cache = await StartAsync();
        var disk = new FaultyDisk();

        Assert.Null((await DownloadAsync(cache, disk)).Error);

        List<DiskCall> calls = [.. disk.Calls];
        int written = calls.FindLastIndex(
            call => call.Operation == nameof(Disk.Write) && call.Path.Contains(".incomplete", StringComparison.Ordinal) && !IsRef(call));
        int flushed = calls.FindIndex(call => call.Operation == nameof(Disk.Flush) && !IsRef(call));
        int renamed = calls.FindIndex(call => call.Operation == nameof(Disk.Rename) && Path.GetFileName(call.Target) == Etag(cache));
        int folderFlushed = calls.FindIndex(
            renamed, call => call is { Operation: nameof(Disk.FlushFolder) } && call.Path.EndsWith("blobs", StringComparison.Ordinal));
        int linked = calls.FindIndex(call => call.Operation == nameof(Disk.CreateSymbolicLink));
        int linkFlushed = calls.FindIndex(
            linked, call => call.Operation == nameof(Disk.FlushFolder) && call.Path == Path.GetDirectoryName(calls[linked].Path));
        int refFlushed = calls.FindIndex(call => call.Operation == nameof(Disk.Flush) && IsRef(call));
        int refMoved = calls.FindIndex(call => call.Operation == nameof(Disk.Rename) && IsRef(call));
        int refsFlushed = calls.FindIndex(
            refMoved, call => call.Operation == nameof(Disk.FlushFolder) && call.Path.EndsWith("refs", StringComparison.Ordinal));
        int[] order = [written, flushed, renamed, folderFlushed, linked, linkFlushed, refFlushed, refMoved, refsFlushed];
        Assert.DoesNotContain(-1, order);
        Assert.Equal(order.Order(), order);
        Assert.Equal(refMoved, calls.FindLastIndex(call => call.Operation == nameof(Disk.Rename)));
    }

    [Fact]
    public async Task EveryFolderThatIsMadeHasItsEntryFlushedUpToTheRoot()
    {
        await using TestCache cache = await StartAsync();
        var disk = new FaultyDisk();

        Assert.Null((await DownloadAsync(cache, disk)).Error);

        List<DiskCall> calls = [.. disk.Calls];
        string[] made = [.. calls.Where(call => call.Operation == nameof(Disk.MakeFolder)).Select(call => call.Path)];
        Assert.Contains(cache.Path, made);
        Assert.Contains(Path.Combine(cache.Path, "models--org--name", "refs"), made);
        Assert.All(made, folder =>
        {
            int index = calls.FindIndex(call => call.Operation == nameof(Disk.MakeFolder) && call.Path == folder);
            Assert.Contains(
                calls.Skip(index), call => call.Operation == nameof(Disk.FlushFolder) && call.Path == Path.GetDirectoryName(folder));
        });
    }

    [Fact]
    public async Task SnapshotsAreMadeBeforeTheFirstTempAndTempsOnlyInBlobs()
    {
        await using TestCache cache = await StartAsync();
        var disk = new FaultyDisk();

        Assert.Null((await DownloadAsync(cache, disk)).Error);

        List<DiskCall> calls = [.. disk.Calls];
        DiskCall[] temps = [
            .. calls.Where(call => call.Operation == nameof(Disk.CreateNew) && call.Path.EndsWith(".incomplete", StringComparison.Ordinal))
        ];
        Assert.NotEmpty(temps);
        Assert.All(
            temps, temp => Assert.Equal(IsTagOfTheCache(temp) ? ".locks" : "blobs", Path.GetFileName(Path.GetDirectoryName(temp.Path))));
        Assert.InRange(
            calls.FindIndex(call => call.Operation == nameof(Disk.MakeFolder) && call.Path.EndsWith("snapshots", StringComparison.Ordinal)),
            0,
            calls.IndexOf(temps.First(temp => !IsTagOfTheCache(temp))));
    }

    [Theory]
    [InlineData(DiskError.InputOutput)]
    [InlineData(DiskError.NoSpace)]
    [InlineData(DiskError.QuotaExceeded)]
    internal async Task AFailedFlushOfTheTempPublishesNothingAndIsNotTriedAgain(DiskError error)
    {
        await using TestCache cache = await StartAsync();
        var disk = new FaultyDisk { Fault = call => call.Operation == nameof(Disk.Flush) ? error : null };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.Equal(HubErrorCode.CacheWriteFailed, outcome.Error!.Code);
        Assert.Contains(Path.Combine(cache.Path, "models--org--name", "blobs"), outcome.Error.Message, StringComparison.Ordinal);
        Assert.Equal(1, disk.Calls.Count(call => call.Operation == nameof(Disk.Flush)));
        CacheRules.AssertNothingPublished(cache.Path);
    }

    [Theory]
    [InlineData(DiskError.InputOutput)]
    [InlineData(DiskError.NoSpace)]
    internal async Task AFailedFlushOfTheBlobsFolderMeansNoLinkNoRefNoObject(DiskError error)
    {
        await using TestCache cache = await StartAsync();
        bool isPublished = false;
        var disk = new FaultyDisk
        {
            Before = call => isPublished |= call.Operation == nameof(Disk.Rename),
            Fault = call => isPublished
                && call.Operation == nameof(Disk.FlushFolder)
                && call.Path.EndsWith("blobs", StringComparison.Ordinal) ? error : null,
        };

        for (int tries = 1; tries <= 2; tries++)
        {
            // The second time the blob is there; it still is not on the disk.
            DownloadOutcome outcome = await DownloadAsync(cache, disk);

            Assert.Equal(HubErrorCode.CacheWriteFailed, outcome.Error?.Code);
            Assert.Null(outcome.File);
            Assert.DoesNotContain(
                cache.Files(),
                file => file.Contains("/snapshots/", StringComparison.Ordinal) || file.Contains("/refs/", StringComparison.Ordinal));
            Assert.Empty(cache.Incomplete());
        }
    }

    [Fact]
    public async Task AFailedFlushOfTheSnapshotFolderLeavesNoLink()
    {
        await using TestCache cache = await StartAsync();
        bool isLinked = false;
        var disk = new FaultyDisk
        {
            Before = call => isLinked |= call.Operation == nameof(Disk.CreateSymbolicLink),
            Fault = call => isLinked && call.Operation == nameof(Disk.FlushFolder) ? DiskError.InputOutput : null,
        };

        Assert.Equal(HubErrorCode.CacheWriteFailed, (await DownloadAsync(cache, disk)).Error!.Code);
        Assert.DoesNotContain(
            cache.Files(),
            file => file.Contains("/snapshots/", StringComparison.Ordinal) || file.Contains("/refs/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AFailedFlushOfTheRefIsAnErrorAndMovesNothing()
    {
        await using TestCache cache = await StartAsync();
        var disk = new FaultyDisk { Fault = call => call.Operation == nameof(Disk.Flush) && IsRef(call) ? DiskError.InputOutput : null };

        Assert.Equal(HubErrorCode.CacheWriteFailed, (await DownloadAsync(cache, disk)).Error!.Code);
        Assert.DoesNotContain(cache.Files(), file => file.Contains("/refs/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(DiskError.CrossDevice)]
    [InlineData(DiskError.NoSpace)]
    internal async Task AFailedRenameIsAnErrorAndLeavesAnOldBlobUntouched(DiskError error)
    {
        await using TestCache cache = await StartAsync();
        CachedFile old = (await cache.DownloadAsync("org/name", "model.bin")).File!;
        var disk = new FaultyDisk { Fault = call => call.Operation == nameof(Disk.Rename) ? error : null };
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);
        object before = Disk.OfThisSystem.Look(old.BlobPath)!;

        DownloadOutcome outcome =
            (await downloader.DownloadAsync(TestCache.Request("org/name", ["model.bin"], force: true), new Recorder(), default))[0];

        Assert.Equal(HubErrorCode.CacheWriteFailed, outcome.Error!.Code);
        Assert.Equal(
            before, Disk.OfThisSystem.Look(old.BlobPath) is { } after ? after with { Accessed = ((FileFacts)before).Accessed } : null);
        CacheRules.AssertKept(cache.Path);
        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task ForceKeepsTheOldBlobUntilTheNewOneIsVerified()
    {
        await using TestCache cache = await StartAsync();
        CachedFile old = (await cache.DownloadAsync("org/name", "model.bin")).File!;
        FileIdentity identity = Disk.OfThisSystem.Look(old.BlobPath)!.Value.Identity;
        bool wasThere = true;
        var disk = new FaultyDisk
        {
            Before = call =>
            wasThere &= call.Operation != nameof(Disk.Flush) || Disk.OfThisSystem.Look(old.BlobPath)?.Identity == identity || IsRef(call)
        };
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);

        DownloadOutcome outcome =
            (await downloader.DownloadAsync(TestCache.Request("org/name", ["model.bin"], force: true), new Recorder(), default))[0];

        Assert.Equal("Downloaded", outcome.File!.Source);
        Assert.True(wasThere);
        Assert.NotEqual(identity, Disk.OfThisSystem.Look(old.BlobPath)!.Value.Identity);
    }

    [Theory]
    [InlineData(DiskError.NoSpace, "room")]
    [InlineData(DiskError.QuotaExceeded, "quota")]
    [InlineData(DiskError.ReadOnly, "read-only")]
    [InlineData(DiskError.AccessDenied, "permission")]
    internal async Task ADiskThatTakesNothingIsATypedErrorWithAdvice(DiskError error, string advice)
    {
        await using TestCache cache = await StartAsync();
        var disk = new FaultyDisk { Fault = call => call.Operation is nameof(Disk.Write) or nameof(Disk.CreateNew) ? error : null };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.Equal(HubErrorCode.CacheWriteFailed, outcome.Error!.Code);
        Assert.Contains(advice, outcome.Error.Advice, StringComparison.Ordinal);
        CacheRules.AssertNothingPublished(cache.Path);
    }

    [Fact]
    public async Task RoomIsReservedBeforeTheFirstByte()
    {
        await using TestCache cache = await StartAsync();
        var disk = new FaultyDisk { Fault = call => call.Operation == nameof(Disk.Reserve) ? DiskError.NoSpace : null };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.Equal(HubErrorCode.CacheWriteFailed, outcome.Error!.Code);
        Assert.DoesNotContain(disk.Calls, call =>
            call.Operation == nameof(Disk.Write) && call.Path.EndsWith(".incomplete", StringComparison.Ordinal) && !IsTagOfTheCache(call));
        Assert.Equal(0, cache.Hub.Log.Count(method: "GET"));
    }

    // Written where no repo is known yet; the lock folder is the one place that no client's scan reads.
    private static bool IsTagOfTheCache(DiskCall call) => Path.GetFileName(call.Path).StartsWith("marker.", StringComparison.Ordinal);

    private static bool IsRef(DiskCall call) => Path.GetFileName(call.Path).StartsWith("ref.", StringComparison.Ordinal);

    private static string Etag(TestCache cache) => cache.Hub.FindRepo("org/name")!.FindFile("main", "model.bin")!.Etag;

    private static async Task<TestCache> StartAsync()
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", 300_000)]);
        return cache;
    }

    private static async Task<DownloadOutcome> DownloadAsync(TestCache cache, Disk disk)
    {
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);
        return (await downloader.DownloadAsync(TestCache.Request("org/name", ["model.bin"]), new Recorder(), default))[0];
    }
}
