using FakeHub;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Store;

/// <summary>What lies in the blob's place already.</summary>
public sealed class PresentBlobTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(6000)]
    public async Task ABlobOfTheWrongLengthIsFetchedAgain(int length)
    {
        await using TestCache cache = await StartAsync();
        CachedFile saved = await SaveAsync(cache);
        await File.WriteAllBytesAsync(saved.BlobPath, new byte[length]);

        Assert.Equal("Downloaded", (await SaveAsync(cache)).Source);
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task ADanglingLinkIsFetchedAgain()
    {
        await using TestCache cache = await StartAsync();
        CachedFile saved = await SaveAsync(cache);
        File.Delete(saved.BlobPath);

        Assert.Equal("Downloaded", (await SaveAsync(cache)).Source);
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task ADanglingLinkInTheBlobsPlaceIsReplacedAndNotFollowed()
    {
        await using TestCache cache = await StartAsync();
        CachedFile saved = await SaveAsync(cache);
        string outside = Path.Combine(cache.Root, "outside");
        File.Delete(saved.BlobPath);
        File.CreateSymbolicLink(saved.BlobPath, outside);

        Assert.Equal("Downloaded", (await SaveAsync(cache)).Source);
        Assert.Null(new FileInfo(saved.BlobPath).LinkTarget);
        Assert.False(File.Exists(outside));
    }

    [Fact]
    public async Task ALinkChainIntoTheSharedStoreIsAHit()
    {
        await using TestCache cache = await StartAsync();
        CachedFile saved = await SaveAsync(cache);
        string store = Directory.CreateDirectory(Path.Combine(cache.Path, "blobs", "ab")).FullName;
        string shared = Path.Combine(store, new string('a', 64));
        File.Move(saved.BlobPath, shared);
        File.CreateSymbolicLink(saved.BlobPath, $"../../blobs/ab/{new string('a', 64)}");

        CachedFile hit = await SaveAsync(cache);

        Assert.Equal("Cache", hit.Source);
        Assert.Equal(saved.ETag, hit.ETag);
        Assert.Equal(saved.Length, hit.Length);
        Assert.NotNull(new FileInfo(saved.BlobPath).LinkTarget);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OfACommitABlobWithWrongBytesIsFetchedAgain(bool force)
    {
        await using TestCache cache = await StartAsync();
        CachedFile saved = await SaveAsync(cache);
        byte[] bytes = await File.ReadAllBytesAsync(saved.BlobPath);
        bytes[17] ^= 1;
        await File.WriteAllBytesAsync(saved.BlobPath, bytes);

        CachedFile again = (await cache.DownloadAsync(TestCache.Request("org/name", ["sub/model.bin"], saved.CommitHash, force)))[0].File!;

        Assert.Equal("Downloaded", again.Source);
        Assert.Equal("Sha256", again.Verification);
        CacheRules.AssertKept(cache.Path);
    }

    [Theory]
    [InlineData("main")]
    [InlineData(null)]
    public async Task ALinkThatLeadsOutOfTheCacheIsNoHit(string? revision)
    {
        await using TestCache cache = await StartAsync();
        CachedFile saved = await SaveAsync(cache);
        string outside = Path.Combine(cache.Root, saved.ETag!);
        await File.WriteAllBytesAsync(outside, new byte[saved.Length]);
        File.Delete(saved.FullName);
        File.CreateSymbolicLink(saved.FullName, outside);

        CachedFile again = (await cache.DownloadAsync("org/name", "sub/model.bin", revision ?? saved.CommitHash)).File!;

        Assert.Equal(saved.BlobPath, new FileInfo(again.FullName).ResolveLinkTarget(returnFinalTarget: true)!.FullName);
        CacheRules.AssertKept(cache.Path);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(60, false)]
    public async Task WhatSomebodyElsePublishedLatelyIsPutOnTheDiskBeforeItIsReported(int minutes, bool isFlushed)
    {
        await using TestCache cache = await StartAsync();
        CachedFile saved = await SaveAsync(cache);
        File.SetLastWriteTimeUtc(saved.BlobPath, DateTime.UtcNow.AddMinutes(-minutes));
        var disk = new FaultyDisk();
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);

        await downloader.DownloadAsync(TestCache.Request("org/name", ["sub/model.bin"]), new Recorder(), default);

        Assert.Equal(isFlushed, disk.Calls.Any(call => call.Operation == nameof(Disk.Flush) && call.Path == saved.BlobPath));
        Assert.Equal(
            isFlushed,
            disk.Calls.Any(call => call.Operation == nameof(Disk.FlushFolder) && call.Path == Path.GetDirectoryName(saved.BlobPath)));
    }

    [Fact]
    public async Task AFolderInTheBlobsPlaceIsAnErrorThatSaysSo()
    {
        await using TestCache cache = await StartAsync();
        CachedFile saved = await SaveAsync(cache);
        File.Delete(saved.BlobPath);
        Directory.CreateDirectory(saved.BlobPath);

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "sub/model.bin");

        Assert.Equal(HubErrorCode.CacheWriteFailed, outcome.Error!.Code);
        Assert.Contains(saved.BlobPath, outcome.Error.Message, StringComparison.Ordinal);
        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task ALinkToAnotherBlobIsReplaced()
    {
        await using TestCache cache = await StartAsync();
        CachedFile saved = await SaveAsync(cache);
        File.Delete(saved.FullName);
        File.CreateSymbolicLink(saved.FullName, "/etc/hostname");

        CachedFile again = await SaveAsync(cache);

        Assert.Equal("../../../blobs/" + saved.ETag, new FileInfo(again.FullName).LinkTarget);
        Assert.Equal("Cache", again.Source);
        Assert.Equal(0, again.BytesDownloaded);
    }

    [Fact]
    public async Task ABlobThatIsThereGetsItsNewNameWithoutATransfer()
    {
        await using TestCache cache = await StartAsync();
        await SaveAsync(cache);
        cache.Hub.FindRepo("org/name")!.Commit("main", [FakeFile.FromText("new.txt", "new")]);

        CachedFile again = await SaveAsync(cache);

        Assert.Equal("Cache", again.Source);
        Assert.Equal(1, cache.Hub.Log.Count(method: "GET", origin: Origin.Storage));
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(cache.Path, "models--org--name", "snapshots")).Length);
    }

    [Fact]
    public async Task AHitWritesNothingAtAll()
    {
        await using TestCache cache = await StartAsync();
        await SaveAsync(cache);
        var disk = new FaultyDisk { Fault = call => FaultyDisk.WritingOperations.Contains(call.Operation) ? DiskError.ReadOnly : null };
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);

        DownloadOutcome outcome =
            (await downloader.DownloadAsync(TestCache.Request("org/name", ["sub/model.bin"]), new Recorder(), default))[0];

        Assert.Equal("Cache", outcome.File!.Source);
        Assert.DoesNotContain(disk.Calls, call => FaultyDisk.WritingOperations.Contains(call.Operation));
    }

    [Fact]
    public async Task OnAReadOnlyCacheARefThatCannotMoveIsNoError()
    {
        await using TestCache cache = await StartAsync();
        await SaveAsync(cache);
        File.Delete(Path.Combine(cache.Path, "models--org--name", "refs", "main"));
        var disk = new FaultyDisk { Fault = call => FaultyDisk.WritingOperations.Contains(call.Operation) ? DiskError.ReadOnly : null };
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);

        DownloadOutcome outcome =
            (await downloader.DownloadAsync(TestCache.Request("org/name", ["sub/model.bin"]), new Recorder(), default))[0];

        Assert.Equal("Cache", outcome.File!.Source);
    }

    [Fact]
    public async Task AnotherUserIsServedFromACacheThatTheyCannotWrite()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            return;
        }

        await using TestCache cache = await StartAsync();
        await SaveAsync(cache);
        File.SetUnixFileMode(cache.Root, (UnixFileMode)0b111_101_101);
        using var worker = WorkerProcess.Start(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
            new Dictionary<string, string?> { ["HOME"] = "/nonexistent" },
            [cache.Hub.Endpoint.AbsoluteUri, cache.Path, "org/name", "sub/model.bin"]);

        IReadOnlyDictionary<string, string?> answer = await worker.ResultAsync();

        Assert.Equal("Cache", answer["Source"]);
    }

    [Fact]
    public async Task TwoNamesOfOneBlobAreFetchedOnce()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("a.bin", 5000), FakeFile.Generated("b.bin", 5000)]);

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(TestCache.Request("org/name", ["a.bin", "b.bin", "a.bin"]));

        Assert.Equal([("a.bin", 0), ("b.bin", 1)], outcomes.Select(outcome => (outcome.File!.FileName, outcome.Selector)));
        Assert.Equal(1, cache.Hub.Log.Count(method: "GET", origin: Origin.Storage));
    }

    [Fact]
    public async Task OneFileThatIsMissingDoesNotKeepTheOthersFromComing()
    {
        await using TestCache cache = await StartAsync();

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(TestCache.Request("org/name", ["none.bin", "sub/model.bin"]));

        Assert.Equal(HubErrorCode.HubFileNotFound, outcomes[0].Error!.Code);
        Assert.NotNull(outcomes[1].File);
    }

    private static async Task<TestCache> StartAsync()
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("sub/model.bin", 5000)]);
        return cache;
    }

    private static async Task<CachedFile> SaveAsync(TestCache cache)
    {
        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "sub/model.bin");
        return outcome.File ?? throw outcome.Error!;
    }
}
