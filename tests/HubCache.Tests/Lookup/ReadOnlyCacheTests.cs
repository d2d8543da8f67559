using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Lookup;

/// <summary>A cache that is searched first and never written to.</summary>
public sealed class ReadOnlyCacheTests
{
    [Fact]
    public async Task WhatItHasIsAHitAndNothingIsWrittenAnywhere()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();

        IReadOnlyList<DownloadOutcome> outcomes = await caches.DownloadAsync(TwoCaches.Request());

        Assert.Equal(TwoCaches.Names, outcomes.Select(outcome => outcome.FileName));
        Assert.All(outcomes, outcome => Assert.Equal(("Cache", 0L), (outcome.File!.Source, outcome.File.BytesDownloaded)));
        Assert.All(outcomes, outcome => Assert.StartsWith(caches.ReadOnly, outcome.File!.FullName, StringComparison.Ordinal));

        // A ref without its snapshot would make other clients reject the repo.
        Assert.Empty(caches.Inner.Files());

        // The tree was there too: only the branch was asked for.
        Assert.Equal(1, caches.Hub.Log.Count());
    }

    [Fact]
    public async Task NamesOneByOneAreHitsAsWell()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync(withTree: false);

        IReadOnlyList<DownloadOutcome> outcomes = await caches.DownloadAsync(TwoCaches.Request("main", TwoCaches.Names));

        Assert.All(outcomes, outcome => Assert.StartsWith(caches.ReadOnly, outcome.File!.FullName, StringComparison.Ordinal));
        Assert.Empty(caches.Inner.Files());
    }

    [Fact]
    public async Task WhatItLacksGoesToTheOtherAndTheRefMovesThere()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();
        File.Delete(Path.Combine(caches.ReadOnly, TwoCaches.Repo, "snapshots", caches.Commit, "sub", "b.txt"));

        IReadOnlyList<DownloadOutcome> outcomes = await caches.DownloadAsync(TwoCaches.Request());

        Assert.Equal(["Cache", "Cache", "Downloaded"], outcomes.Select(outcome => outcome.File?.Source));
        Assert.StartsWith(caches.Inner.Path, outcomes[2].File!.FullName, StringComparison.Ordinal);
        Assert.Equal(caches.Commit, await File.ReadAllTextAsync(Path.Combine(caches.Inner.Path, TwoCaches.Repo, "refs", "main")));
        CacheRules.AssertKept(caches.Inner.Path);
        Assert.DoesNotContain(caches.Inner.Files(), file => file.Contains("a.txt", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ARequestThatIsNotCompleteMovesNoRef()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();

        IReadOnlyList<DownloadOutcome> outcomes = await caches.DownloadAsync(TwoCaches.Request("main", "a.txt", "none.txt"));

        Assert.Equal(HubErrorCode.HubFileNotFound, outcomes[1].Error?.Code);
        Assert.False(File.Exists(Path.Combine(caches.Inner.Path, TwoCaches.Repo, "refs", "main")));
    }

    [Fact]
    public async Task AnotherCommitIsFetched()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();
        string newer = caches.MoveBranch();

        IReadOnlyList<DownloadOutcome> outcomes = await caches.DownloadAsync(TwoCaches.Request());

        Assert.All(outcomes, outcome => Assert.Equal((newer, "Downloaded"), (outcome.File!.CommitHash, outcome.File.Source)));
        CacheRules.AssertKept(caches.Inner.Path);
    }

    [Fact]
    public async Task ForceFetchesAgainAndAnswersFromTheCacheThatIsWritten()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();

        IReadOnlyList<DownloadOutcome> outcomes = await caches.DownloadAsync(TestCache.Request("org/name", ["a.txt"], force: true));

        Assert.Equal("Downloaded", outcomes[0].File?.Source);
        Assert.StartsWith(caches.Inner.Path, outcomes[0].File!.FullName, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OfflineItsRefAndItsFilesCount(bool withTree)
    {
        await using TwoCaches caches = await TwoCaches.StartAsync(withTree);

        IReadOnlyList<DownloadOutcome> outcomes = await caches.DownloadAsync(TwoCaches.Request(), caches.Options with { Offline = true });

        Assert.Equal(TwoCaches.Names, outcomes.Select(outcome => outcome.File?.FileName));
        Assert.Empty(caches.Inner.Files());
        Assert.Equal(0, caches.Hub.Log.Count());
    }

    [Fact]
    public async Task OfTwoRefsTheOneThatMovedLastCounts()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();
        string newer = caches.MoveBranch();
        await caches.DownloadAsync(TwoCaches.Request("main", "a.txt"));
        string own = Path.Combine(caches.Inner.Path, TwoCaches.Repo, "refs", "main");
        string shared = Path.Combine(caches.ReadOnly, TwoCaches.Repo, "refs", "main");

        File.SetLastWriteTimeUtc(shared, File.GetLastWriteTimeUtc(own).AddHours(-1));
        Assert.Equal(newer, caches.Look("main", "a.txt")[0].File?.CommitHash);
        File.SetLastWriteTimeUtc(shared, File.GetLastWriteTimeUtc(own).AddHours(1));
        Assert.Equal(caches.Commit, caches.Look("main", "a.txt")[0].File?.CommitHash);
    }

    [Fact]
    public async Task ASpoiltFileInItIsFetchedIntoTheOther()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync(withTree: false);
        string blob = (await caches.DownloadAsync(TwoCaches.Request(caches.Commit, "model.bin")))[0].File!.BlobPath;
        byte[] bytes = await File.ReadAllBytesAsync(blob);
        bytes[100] ^= 1;
        await File.WriteAllBytesAsync(blob, bytes);

        DownloadOutcome fetched = (await caches.DownloadAsync(TwoCaches.Request(caches.Commit, "model.bin")))[0];
        Assert.Equal("Downloaded", fetched.File?.Source);
        Assert.StartsWith(caches.Inner.Path, fetched.File!.FullName, StringComparison.Ordinal);

        DownloadOutcome hit = (await caches.DownloadAsync(TwoCaches.Request(caches.Commit, "model.bin")))[0];
        Assert.Equal((fetched.File.FullName, "Cache"), (hit.File!.FullName, hit.File.Source));
    }

    [Fact]
    public async Task AFileThatIsTooShortInItDoesNotHideTheOthersGoodOne()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();
        string blob = (await caches.DownloadAsync(TwoCaches.Request("main", "model.bin")))[0].File!.BlobPath;
        await File.WriteAllTextAsync(blob, "short");

        Assert.Equal("Downloaded", (await caches.DownloadAsync(TwoCaches.Request("main", "model.bin")))[0].File?.Source);
        Assert.Equal("Cache", (await caches.DownloadAsync(TwoCaches.Request("main", "model.bin")))[0].File?.Source);
        Assert.StartsWith(caches.Inner.Path, caches.Look("main", "model.bin")[0].File!.FullName, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindSaysThatItIsCached()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();
        using HubDownloader downloader = TestCache.Downloader(caches.Options, caches.Disk);

        IReadOnlyList<FindOutcome> found = await downloader.FindAsync(TwoCaches.Request(), new Recorder(), CancellationToken.None);

        Assert.All(found, outcome => Assert.Equal((true, 0L), (outcome.File!.IsCached, outcome.File.BytesMissing)));
    }

    [Fact]
    public async Task LayingOutLinksNothingInIt()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();
        string folder = Path.Combine(caches.Inner.Root, "out");
        var destination = new DestinationFolder(folder, HardLink: true);

        IReadOnlyList<DownloadOutcome> outcomes = await caches.DownloadAsync(
            new DownloadRequest { RepoId = RepoId.Parse("org/name"), Destination = destination });

        Assert.All(outcomes, outcome => Assert.True(File.Exists(outcome.File!.Destination)));
        Assert.DoesNotContain(caches.Disk.Calls, call => call.Operation == "CreateHardLink");
        await File.WriteAllTextAsync(Path.Combine(folder, "a.txt"), "mine");
        Assert.Equal("one", await File.ReadAllTextAsync(outcomes[0].File!.BlobPath));
    }

    [Fact]
    public async Task ADestinationInItIsRefused()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();
        var request = new DownloadRequest
        {
            RepoId = RepoId.Parse("org/name"),
            Destination = new DestinationFolder(Path.Combine(caches.ReadOnly, "out"))
        };

        Assert.Equal(HubErrorCode.InvalidOption, (await Assert.ThrowsAsync<HubCacheException>(() => caches.DownloadAsync(request))).Code);
    }

    [Fact]
    public async Task OneThatCannotBeReadIsNoError()
    {
        await using TwoCaches caches = await TwoCaches.StartAsync();
        var disk = new FaultyDisk
        {
            Fault = call => call.Path.StartsWith(caches.ReadOnly, StringComparison.Ordinal) ? DiskError.InputOutput : null
        };
        using HubDownloader downloader = TestCache.Downloader(caches.Options, disk);

        IReadOnlyList<DownloadOutcome> outcomes =
            await downloader.DownloadAsync(TwoCaches.Request(), new Recorder(), CancellationToken.None);

        Assert.All(outcomes, outcome => Assert.Equal("Downloaded", outcome.File?.Source));
    }
}
