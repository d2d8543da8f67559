using FakeHub;
using HubCache.Platform;
using HubCache.Retry;
using HubCache.Testing;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Maintenance;

public sealed class CacheRepairTests : IAsyncLifetime
{
    private static readonly FakeFile Config = FakeFile.FromText("config.json", "{}");
    private static readonly FakeFile Weights = FakeFile.Generated("weights.bin", 3_000_000);

    private TestCache _cache = null!;
    private string _commit = null!;

    private string Repo => Path.Combine(_cache.Path, "models--org--name");

    public async Task InitializeAsync()
    {
        _cache = await TestCache.StartAsync();
        _commit = _cache.Hub.AddRepo("org/name").Commit("main", [Config, Weights]);
        foreach (DownloadOutcome outcome in await _cache.DownloadAsync(new DownloadRequest { RepoId = HubCache.RepoId.Parse("org/name") }))
        {
            Assert.Null(outcome.Error);
        }

        _cache.Hub.ForgetRequests();
    }

    public async Task DisposeAsync() => await _cache.DisposeAsync();

    [Fact]
    public async Task ABlobThatIsBeingReadStaysReadableThroughout()
    {
        string name = Path.Combine(Repo, "snapshots", _commit, Weights.Path);
        FlipABit();
        using FileStream before = File.OpenRead(name);
        using var stop = new CancellationTokenSource();
        Task<int> reading = Task.Run(() =>
        {
            int reads = 0;
            for (byte[] buffer = new byte[1]; !stop.IsCancellationRequested; reads++)
            {
                using FileStream again = File.OpenRead(name);
                Assert.Equal(1, again.Read(buffer));
            }

            return reads;
        });

        RepairedItem item = Assert.Single(await RepairAsync());

        await stop.CancelAsync();
        Assert.True(await reading > 0);
        Assert.Equal(Weights.Size, before.Length);
        before.Position = Weights.Size - 1;
        Assert.NotEqual(-1, before.ReadByte());
        Assert.Equal(("Fetched", "Repaired", Weights.Size), (item.Action, item.Result, item.BytesDownloaded));
        Assert.Equal(Weights.ToArray(), await File.ReadAllBytesAsync(name));
    }

    [Fact]
    public async Task WhatCannotBeFetchedNowStaysAsItIs()
    {
        FlipABit();
        _cache.Hub.Faults.Add(Fault.Status(503));
        (RepairedItem item, HubCacheException? error) =
            Assert.Single(await RepairWithErrorsAsync(options: _cache.Options with { MaximumRetryCount = 0 }));
        Assert.Equal(("None", "Failed", HubErrorCode.HubUnreachable), (item.Action, item.Result, error!.Code));
        Assert.True(File.Exists(Path.Combine(Repo, "blobs", Weights.Etag)));
        Assert.True(File.Exists(Path.Combine(Repo, "snapshots", _commit, Weights.Path)));
    }

    [Fact]
    public async Task OfflineRefsGoBeforeLinksAndLinksBeforeBlobs()
    {
        FlipABit();
        await File.WriteAllTextAsync(Path.Combine(Repo, "refs", "main"), "nonsense");
        var disk = new Deletions();

        List<RepairedItem> items = await RepairAsync(_cache.Options with { Offline = true }, disk);

        Assert.All(items, item => Assert.Equal("Repaired", item.Result));
        Assert.Equal(
            ["refs/main", $"snapshots/{_commit}/{Weights.Path}", $"blobs/{Weights.Etag}"],
            disk.Gone.Select(path => Path.GetRelativePath(Repo, path)));
        Assert.Empty(_cache.Hub.Log.Entries);
        Assert.DoesNotContain(await CheckAsync(), problem => problem.Severity != "Information");
        Assert.Single(_cache.Incomplete());
    }

    [Fact]
    public async Task OfflineALinkIsSetRightWhenItsBlobIsThere()
    {
        string link = Path.Combine(Repo, "snapshots", _commit, Weights.Path);
        File.Delete(link);
        File.CreateSymbolicLink(link, $"../../blobs/{Config.Etag}");
        Assert.Equal("Linked", Assert.Single(await RepairAsync(_cache.Options with { Offline = true })).Action);
        Assert.Equal($"../../blobs/{Weights.Etag}", new FileInfo(link).LinkTarget);
    }

    [Fact]
    public async Task AListingIsAskedForAgainAndShowsWhatItsLossHid()
    {
        string link = Path.Combine(Repo, "snapshots", _commit, Config.Path);
        File.Delete(link);
        File.CreateSymbolicLink(link, $"../../blobs/{Weights.Etag}");
        await File.WriteAllTextAsync(Path.Combine(Repo, "trees", $"{_commit}.json"), "spoilt");

        List<RepairedItem> items = await RepairAsync();

        Assert.Equal(["ListingFetched", "Linked"], items.Select(item => item.Action));
        Assert.Empty(await CheckAsync());
    }

    [Fact]
    public async Task WithoutAListingTheHubSaysWhatAFileIs()
    {
        Directory.Delete(Path.Combine(Repo, "trees"), recursive: true);
        FlipABit();
        File.Delete(Path.Combine(Repo, "blobs", Config.Etag));
        Assert.All(await RepairAsync(), item => Assert.Equal(("Fetched", "Repaired"), (item.Action, item.Result)));
        Assert.Empty(await CheckAsync());
        CacheRules.AssertKept(_cache.Path);
    }

    [Fact]
    public async Task AFileThatNobodyAskedForIsFetchedOnlyWhenThatIsSaid()
    {
        File.Delete(Path.Combine(Repo, "snapshots", _commit, Config.Path));
        File.Delete(Path.Combine(Repo, "blobs", Config.Etag));
        Assert.Equal("Skipped", Assert.Single(await RepairAsync()).Result);
        Assert.Equal("Fetched", Assert.Single(await RepairAsync(complete: true)).Action);
        Assert.Empty(await CheckAsync());
    }

    [Fact]
    public async Task AForeignFileIsSetAsideAndNotLost()
    {
        string foreign = Path.Combine(Repo, "refs", "notes");
        await File.WriteAllTextAsync(foreign, "mine");
        string stray = Path.Combine(Repo, "blobs", "stray");
        await File.WriteAllTextAsync(stray, "mine too");
        await RepairAsync();
        Assert.False(File.Exists(stray));
        Assert.Equal("mine too", await File.ReadAllTextAsync(Path.Combine(_cache.Path, Assert.Single(_cache.Incomplete()))));
        Assert.Empty(await CheckAsync());
        IncompleteFile aside = Assert.Single(new IncompleteCensus(_cache.Path, null).Find((_, _) => true, CancellationToken.None));
        Assert.Equal("Dead", aside.State);
    }

    [Fact]
    public async Task AProblemThatLiesBehindALinkIsNotTouched()
    {
        string outside = Directory.CreateDirectory(Path.Combine(_cache.Root, "outside")).FullName;
        string victim = Path.Combine(outside, "victim");
        await File.WriteAllTextAsync(victim, "precious");
        File.CreateSymbolicLink(Path.Combine(Repo, "way"), outside);
        CacheProblem forged = Forged("ForeignFile", Path.Combine(Repo, "way", "victim"));
        (RepairedItem item, HubCacheException? error) = Assert.Single(await RepairWithErrorsAsync([forged]));
        Assert.Equal(("Failed", HubErrorCode.LinkedFolder), (item.Result, error!.Code));
        Assert.True(File.Exists(victim));
    }

    [Theory]
    [InlineData("ForeignFile", "/etc/passwd")]
    [InlineData("ForeignFile", "{repo}/../elsewhere")]
    [InlineData("Nonsense", "{repo}/refs/main")]
    public async Task AProblemOfNoCacheIsRefused(string kind, string path)
    {
        HubCacheException error = await Assert.ThrowsAsync<HubCacheException>(
            () => RepairAsync([Forged(kind, path.Replace("{repo}", Repo, StringComparison.Ordinal))]));
        Assert.Equal(HubErrorCode.InvalidOption, error.Code);
    }

    [Fact]
    public async Task ABlobThatIsRightIsNotFetchedWhateverAProblemSays()
    {
        CacheProblem stale = Forged("CorruptBlob", Path.Combine(Repo, "blobs", Weights.Etag));
        Assert.Equal("Skipped", Assert.Single(await RepairAsync([stale])).Result);
        Assert.Empty(_cache.Hub.Log.Entries);
    }

    [Fact]
    public async Task APlanSaysWhatWouldBeFetchedAndWritesNothing()
    {
        FlipABit();
        Directory.Delete(Path.Combine(Repo, "trees"), recursive: true);
        IReadOnlyList<string> before = _cache.Files();
        using CacheRepair repair = new(_cache.Options, new PollyRetryPolicy(TimeSpan.FromMilliseconds(10)), new Recorder());
        RepairStep step = Assert.Single(await repair.PlanAsync(await CheckAsync(), CancellationToken.None));
        Assert.Equal(("Fetch again", Weights.Size), (step.Action, step.Bytes));
        Assert.Equal(before, _cache.Files());
        Assert.Equal(0, _cache.Hub.Log.Count(method: "GET", pathContains: Weights.Path));
    }

    private void FlipABit()
    {
        string path = Path.Combine(Repo, "blobs", Weights.Etag);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[1234] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private CacheProblem Forged(string kind, string path) => new()
    {
        Kind = kind,
        Severity = "Error",
        RepoId = "org/name",
        RepoType = "Model",
        Revision = null,
        FileName = null,
        FullName = path,
        Detail = string.Empty,
        Repairable = true,
        CachePath = _cache.Path,
    };

    private async Task<List<CacheProblem>> CheckAsync()
    {
        var found = new List<CacheProblem>();
        await new CacheCheck(_cache.Path, (_, _) => true).RunAsync(found.Add, _ => { }, CancellationToken.None);
        return found;
    }

    private async Task<List<RepairedItem>> RepairAsync(IReadOnlyList<CacheProblem> problems)
        => [.. (await RepairWithErrorsAsync(problems)).Select(answer => answer.Item)];

    private async Task<List<RepairedItem>> RepairAsync(HubOptions? options = null, Disk? disk = null, bool complete = false)
        => [.. (await RepairWithErrorsAsync(null, options, disk, complete)).Select(answer => answer.Item)];

    private async Task<List<(RepairedItem Item, HubCacheException? Error)>> RepairWithErrorsAsync(
        IReadOnlyList<CacheProblem>? problems = null, HubOptions? options = null, Disk? disk = null, bool complete = false)
    {
        var answers = new List<(RepairedItem, HubCacheException?)>();
        using var repair = new CacheRepair(
            options ?? _cache.Options,
            new PollyRetryPolicy(TimeSpan.FromMilliseconds(10)),
            new Recorder(),
            disk ?? Disk.OfThisSystem)
        { Complete = complete };
        await repair.RunAsync(problems ?? await CheckAsync(), (item, error) => answers.Add((item, error)), CancellationToken.None);
        return answers;
    }

    /// <summary>Remembers which names of the repo's went away, in order.</summary>
    private sealed class Deletions : ForwardingDisk
    {
        public List<string> Gone { get; } = [];

        public override bool Delete(string path)
        {
            bool wasThere = base.Delete(path);
            if (wasThere)
            {
                Gone.Add(path);
            }

            return wasThere;
        }

        public override void Rename(string from, string to)
        {
            base.Rename(from, to);
            Gone.Add(from);
        }
    }
}
