using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Lookup;

/// <summary>Where a cached file is, without the Hub.</summary>
public sealed class CachedFilesTests
{
    [Fact]
    public async Task ANameIsFoundAsItLies()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();

        CachedFile file = caches.Look("main", "sub/b.txt")[0].File!;

        Assert.Equal(
            (caches.Commit, "main", "Cache", "Size", 0L),
            (file.CommitHash, file.Revision, file.Source, file.Verification, file.BytesDownloaded));
        Assert.Equal("b", await File.ReadAllTextAsync(file.FullName));
        Assert.Equal(0, caches.Hub.Log.Count());
        Assert.DoesNotContain(caches.Disk.Calls, call => FaultyDisk.WritingOperations.Contains(call.Operation));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ASnapshotIsAllItsFiles(bool withTree)
    {
        await using TwoCaches caches = await TwoCaches.StartAsync(withTree);

        Assert.Equal(TwoCaches.Names, caches.Look().Select(outcome => outcome.File?.FileName));
        Assert.Equal(["sub/b.txt"], caches.Look("main", "sub/").Select(outcome => outcome.File?.FileName));
        Assert.Equal(
            ["model.bin", "a.txt"], caches.Look(caches.Commit, "model.bin", "*.bin", "[ax].txt").Select(outcome => outcome.File?.FileName));
    }

    [Fact]
    public async Task WhatASnapshotLacksIsOneError()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();
        File.Delete(Path.Combine(caches.ReadOnly, TwoCaches.Repo, "snapshots", caches.Commit, "a.txt"));
        File.Delete(Path.Combine(caches.ReadOnly, TwoCaches.Repo, "snapshots", caches.Commit, "sub", "b.txt"));

        IReadOnlyList<DownloadOutcome> outcomes = caches.Look();

        Assert.Equal("model.bin", outcomes[0].File?.FileName);
        HubCacheException error = Assert.Single(outcomes.Skip(1)).Error!;
        Assert.Equal(HubErrorCode.NotCached, error.Code);
        Assert.Contains("lacks 2 of the 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("'a.txt', 'sub/b.txt'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANameThatTheCommitDoesNotHaveIsToldApart()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync(withTree: false);
        Assert.Equal(HubErrorCode.NotCached, caches.Look("main", "none.txt")[0].Error!.Code);

        Assert.Equal(HubErrorCode.HubFileNotFound, (await caches.DownloadAsync(TwoCaches.Request("main", "none.txt")))[0].Error!.Code);

        Assert.Equal(HubErrorCode.HubFileNotFound, caches.Look("main", "none.txt")[0].Error!.Code);
        Assert.Equal(HubErrorCode.HubFileNotFound, caches.Look(caches.Commit, "none.txt")[0].Error!.Code);
        Assert.Equal(HubErrorCode.NotCached, caches.Look("main", "other.txt")[0].Error!.Code);
    }

    [Fact]
    public async Task WhatAReadOnlyCacheKnowsNotToExistIsToldApart()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync(withTree: false);
        await caches.Inner.DownloadAsync(
            TwoCaches.Request("main", "none.txt"), caches.Options with { CachePath = caches.ReadOnly, ReadOnlyCachePaths = [] });

        Assert.Equal(HubErrorCode.HubFileNotFound, caches.Look("main", "none.txt")[0].Error!.Code);
        Assert.Equal(HubErrorCode.NotCached, caches.Look("main", "other.txt")[0].Error!.Code);
    }

    [Fact]
    public async Task TheTreeTellsThemApartToo()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();

        Assert.Equal(HubErrorCode.HubFileNotFound, caches.Look("main", "none.txt")[0].Error!.Code);
        Assert.Equal(HubErrorCode.HubFileNotFound, caches.Look("main", "*.none")[0].Error!.Code);
    }

    [Theory]
    [InlineData("other")]
    [InlineData("0123456789abcdef0123456789abcdef01234567")]
    public async Task ARevisionThatTheCacheDoesNotKnow(string revision)
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();

        HubCacheException error = Assert.Single(caches.Look(revision)).Error!;

        Assert.Equal(HubErrorCode.NotCached, error.Code);
        Assert.Equal("org/name", error.Target);
        Assert.Equal(HubErrorCode.NotCached, Assert.Single(caches.Look(revision, "a.txt")).Error!.Code);
    }

    [Fact]
    public async Task ALinkThatLeadsNowhereIsNoFile()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();
        File.Delete(caches.Look("main", "a.txt")[0].File!.BlobPath);

        Assert.Equal(HubErrorCode.NotCached, Assert.Single(caches.Look("main", "a.txt")).Error!.Code);
        Assert.Equal(HubErrorCode.NotCached, caches.Look()[^1].Error!.Code);
    }

    [Theory]
    [InlineData(true, 64)]
    [InlineData(false, null)]
    public async Task ACopyOfAClientWithoutLinksIsAFile(bool withTree, int? etagLength)
    {
        await using TwoCaches caches = await TwoCaches.StartAsync(withTree);
        string name = Path.Combine(caches.ReadOnly, TwoCaches.Repo, "snapshots", caches.Commit, "model.bin");
        byte[] bytes = await File.ReadAllBytesAsync(name);
        File.Delete(name);
        await File.WriteAllBytesAsync(name, bytes);

        CachedFile file = caches.Look("main", "model.bin")[0].File!;

        Assert.Equal((name, name, etagLength), (file.FullName, file.BlobPath, file.ETag?.Length));
    }

    [Fact]
    public void OfACacheThatIsNotThereNothingIsMade()
    {
        string nowhere = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

        HubCacheException error =
            new CachedFiles(TwoCaches.Request(), nowhere, [], new Recorder()).Find([FileSelector.Everything])[0].Error!;

        Assert.Equal(HubErrorCode.NotCached, error.Code);
        Assert.False(Directory.Exists(nowhere));
    }

    [Fact]
    public async Task ADiskThatFailsIsAnErrorOfTheFile()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();
        var disk = new FaultyDisk
        {
            Fault = call =>
            call.Operation == "LookThrough" && call.Path.EndsWith("a.txt", StringComparison.Ordinal) ? DiskError.InputOutput : null
        };
        var files = new CachedFiles(TwoCaches.Request(), caches.ReadOnly, [], new Recorder(), disk);

        IReadOnlyList<DownloadOutcome> outcomes = files.Find(TwoCaches.Request("main", "a.txt", "model.bin").Files);

        Assert.Equal(HubErrorCode.CacheReadFailed, outcomes[0].Error?.Code);
        Assert.NotNull(outcomes[1].File);
    }
}
