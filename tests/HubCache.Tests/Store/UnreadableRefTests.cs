using FakeHub;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Store;

/// <summary>Refs that cannot be read, cannot be kept, or whose rename was done and then called failed.</summary>
public sealed class UnreadableRefTests
{
    [Theory]
    [InlineData((int)DiskError.InputOutput)]
    [InlineData((int)DiskError.AccessDenied)]
    [InlineData((int)DiskError.Stale)]
    public async Task OfflineItIsAReadErrorThatNamesTheRef(int error)
    {
        await using TestCache cache = await TestCache.StartAsync();
        (_, string path) = await SavedAsync(cache);
        FaultyDisk disk = Failing(path, (DiskError)error);

        foreach (string[] files in (string[][])[["config.json"], ["*"], ["*.bin"]])
        {
            HubCacheException refusal = await OfflineErrorAsync(cache, disk, files);
            Assert.Equal(HubErrorCode.CacheReadFailed, refusal.Code);
            Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        }

        DownloadRequest request = TestCache.Request("org/name", ["config.json"]);
        DownloadOutcome local = Assert.Single(new CachedFiles(request, cache.Path, [], new Recorder(), disk).Find(request.Files));
        Assert.Equal(HubErrorCode.CacheReadFailed, local.Error?.Code);
    }

    [Fact]
    public async Task OfflineSoIsAListing()
    {
        await using TestCache cache = await TestCache.StartAsync();
        (string commit, _) = await SavedAsync(cache, wholeRepo: true);
        string tree = Path.Combine(cache.Path, "models--org--name", "trees", commit + ".json");
        Assert.True(File.Exists(tree));

        HubCacheException refusal = await OfflineErrorAsync(cache, Failing(tree, DiskError.InputOutput), ["*"]);

        Assert.Equal(HubErrorCode.CacheReadFailed, refusal.Code);
        Assert.Contains(tree, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnlineWhatIsFetchedIsNotLostAndTheRefIsNotOverwritten()
    {
        await using TestCache cache = await TestCache.StartAsync();
        (string commit, string path) = await SavedAsync(cache);
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("config.json", "newer")]);
        using HubDownloader downloader = TestCache.Downloader(cache.Options, Failing(path, DiskError.InputOutput));

        DownloadOutcome outcome =
            (await downloader.DownloadAsync(TestCache.Request("org/name", ["config.json"]), new Recorder(), default))[0];

        Assert.Equal(HubErrorCode.CacheWriteFailed, outcome.Error?.Code);
        Assert.Contains(path, outcome.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(commit, await File.ReadAllTextAsync(path));
        CacheRules.AssertKept(cache.Path);
    }

    /// <summary>As NFS does it: the server renames, the answer is lost, the call is repeated and finds nothing to rename.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ARenameThatWasDoneAndThenCalledFailedLeavesLinksAndRefAgreeing(bool canLook)
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("config.json", "{}")]);
        string path = Path.Combine(cache.Path, "models--org--name", "refs", "main");
        bool isDone = false;
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call.Operation == nameof(Disk.Rename) && call.Target == path)
                {
                    File.Move(call.Path, path, overwrite: true);
                    isDone = true;
                }
            },
            Fault = call => call.Operation == nameof(Disk.Rename) && call.Target == path ? DiskError.NotFound
                : !canLook && isDone && call.Operation == nameof(Disk.Look) && call.Path == path ? DiskError.InputOutput
                : null,
        };
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);

        DownloadOutcome outcome =
            (await downloader.DownloadAsync(TestCache.Request("org/name", ["config.json"]), new Recorder(), default))[0];

        Assert.True(!canLook || outcome.Error is null, outcome.Error?.Message);
        Assert.Equal(commit, await File.ReadAllTextAsync(path));
        Assert.True(File.Exists(Path.Combine(cache.Path, "models--org--name", "snapshots", commit, "config.json")));
    }

    [Theory]
    [InlineData("v1", "v1/fp16")]
    [InlineData("v1/fp16", "v1")]
    public async Task ARefThatAnotherOneStandsInTheWayOfIsWarnedOf(string first, string second)
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeRepo repo = cache.Hub.AddRepo("org/name");
        repo.Commit(first, [FakeFile.FromText("config.json", first)]);
        repo.Commit(second, [FakeFile.FromText("config.json", second)]);
        using HubDownloader downloader = TestCache.Downloader(cache.Options, Disk.OfThisSystem);
        Assert.Null(
            (await downloader.DownloadAsync(TestCache.Request("org/name", ["config.json"], first), new Recorder(), default))[0].Error);
        var recorder = new Recorder();

        DownloadOutcome outcome =
            (await downloader.DownloadAsync(TestCache.Request("org/name", ["config.json"], second), recorder, default))[0];

        Assert.Null(outcome.Error);
        Assert.Equal(second, await File.ReadAllTextAsync(outcome.File!.FullName));
        Assert.Contains($"'{second}'", Assert.Single(recorder.Warnings), StringComparison.Ordinal);
        CacheRules.AssertKept(cache.Path);
    }

    private static FaultyDisk Failing(string path, DiskError error)
        => new() { Fault = call => call.Operation == nameof(Disk.OpenForReading) && call.Path == path ? error : null };

    private static async Task<(string Commit, string Ref)> SavedAsync(TestCache cache, bool wholeRepo = false)
    {
        string commit =
            cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("config.json", "{}"), FakeFile.Generated("model.bin", 10_000)]);
        await cache.DownloadAsync(Request(wholeRepo ? ["*"] : ["config.json", "model.bin"]));
        return (commit, Path.Combine(cache.Path, "models--org--name", "refs", "main"));
    }

    private static DownloadRequest Request(string[] files)
        => new() { RepoId = RepoId.Parse("org/name"), Files = [.. files.Select(FileSelector.Parse)] };

    private static async Task<HubCacheException> OfflineErrorAsync(TestCache cache, Disk disk, string[] files)
    {
        using HubDownloader downloader = TestCache.Downloader(cache.Options with { Offline = true }, disk);
        return Assert.Single(await downloader.DownloadAsync(Request(files), new Recorder(), default)).Error!;
    }
}
