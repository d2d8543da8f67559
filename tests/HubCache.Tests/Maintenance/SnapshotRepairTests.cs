using FakeHub;
using HubCache.Retry;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Maintenance;

/// <summary>Repairs of whole folders, and of what a spoilt listing would have a repair believe.</summary>
public sealed class SnapshotRepairTests : IAsyncLifetime
{
    private static readonly FakeFile Config = FakeFile.FromText("config.json", "{}");
    private static readonly FakeFile Notes = FakeFile.FromText("sub/dir/notes.txt", "notes");
    private static readonly FakeFile Weights = FakeFile.Generated("sub/weights.bin", 50_000);

    private TestCache _cache = null!;
    private string _commit = null!;

    private string Repo => Path.Combine(_cache.Path, "models--org--name");

    private string Snapshot => Path.Combine(Repo, "snapshots", _commit);

    private string Listing => Path.Combine(Repo, "trees", $"{_commit}.json");

    public async Task InitializeAsync()
    {
        _cache = await TestCache.StartAsync();
        _commit = _cache.Hub.AddRepo("org/name").Commit("main", [Config, Notes, Weights]);
        foreach (DownloadOutcome outcome in await _cache.DownloadAsync(new DownloadRequest { RepoId = HubCache.RepoId.Parse("org/name") }))
        {
            Assert.Null(outcome.Error);
        }

        _cache.Hub.ForgetRequests();
    }

    public async Task DisposeAsync() => await _cache.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AFolderOfASnapshotThatIsGoneComesBackWithItsLinks(bool offline)
    {
        Directory.Delete(Path.Combine(Snapshot, "sub"), recursive: true);

        List<RepairedItem> items = await RepairAsync(offline);

        Assert.Equal([("Linked", Notes.Path), ("Linked", Weights.Path)], items.Select(item => (item.Action, item.FileName)));
        await AssertSoundAsync();
    }

    [Fact]
    public async Task ALinkInThePlaceOfAFolderIsFollowedByNobody()
    {
        string elsewhere = Path.Combine(_cache.Root, "elsewhere");
        Directory.Move(Path.Combine(Snapshot, "sub"), elsewhere);
        Directory.CreateSymbolicLink(Path.Combine(Snapshot, "sub"), elsewhere);
        Assert.Equal(
            ["MissingLink", "MissingLink", "WrongLink"],
            (await CheckAsync()).Select(problem => problem.Kind).Order(StringComparer.Ordinal));

        Assert.Equal(["Removed", "Linked", "Linked"], (await RepairAsync()).Select(item => item.Action));

        await AssertSoundAsync();
        Assert.True(File.Exists(Path.Combine(elsewhere, "dir", "notes.txt"))
            || new FileInfo(Path.Combine(elsewhere, "dir", "notes.txt")).LinkTarget is not null);
    }

    [Fact]
    public async Task EveryProblemIsAnsweredEvenOneBehindALink()
    {
        List<CacheProblem> problems = [.. (await Broken()).Select(problem => problem)];
        Directory.CreateSymbolicLink(
            Path.Combine(Snapshot, "sub"), Directory.CreateDirectory(Path.Combine(_cache.Root, "elsewhere")).FullName);
        Assert.Equal(["Failed", "Failed"], (await RepairAsync(problems: problems)).Select(item => item.Result));

        async Task<List<CacheProblem>> Broken()
        {
            Directory.Delete(Path.Combine(Snapshot, "sub"), recursive: true);
            return await CheckAsync();
        }
    }

    [Theory]
    [InlineData("blobs", false)]
    [InlineData("blobs", true)]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("snapshots", false)]
    [InlineData("trees", false)]
    public async Task WhatLiesInThePlaceOfAFolderIsSetAside(string name, bool asLink)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.Combine(Repo, name));
        Directory.Delete(path, recursive: true);
        if (asLink)
        {
            File.CreateSymbolicLink(path, "nowhere");
        }
        else
        {
            await File.WriteAllTextAsync(path, "in the way");
        }

        Assert.All(await RepairAsync(), item => Assert.Equal("Repaired", item.Result));

        Assert.True(Directory.Exists(path));
        Assert.DoesNotContain(await CheckAsync(), problem => problem.Severity != "Information");
        if (!asLink)
        {
            string aside = Assert.Single(Directory.GetFiles(Path.Combine(Repo, "blobs"), "*.incomplete"));
            Assert.Equal("in the way", await File.ReadAllTextAsync(aside));
        }
    }

    [Theory]
    [InlineData(".locks")]
    [InlineData(".locks/models--org--name")]
    public async Task AFileInThePlaceOfTheLocksMakesRoomForAFolder(string name)
    {
        string path = Path.Combine(_cache.Path, name);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, "in the way");
        Assert.Equal(
            ("NotAFolder", path), (await CheckAsync(besideRepos: true)).Select(problem => (problem.Kind, problem.FullName)).Single());

        using (var plan = new CacheRepair(_cache.Options, new PollyRetryPolicy(TimeSpan.FromMilliseconds(10)), new Recorder()))
        {
            Assert.Equal(
                "Make the folder", Assert.Single(await plan.PlanAsync(await CheckAsync(besideRepos: true), CancellationToken.None)).Action);
        }

        Assert.Equal("FolderMade", Assert.Single(await RepairAsync(problems: await CheckAsync(besideRepos: true))).Action);

        Assert.True(Directory.Exists(path));
        Assert.DoesNotContain(await CheckAsync(besideRepos: true), problem => problem.Severity != "Information");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AListingOfAnotherCommitDoesNotTakeASnapshotApart(bool offline)
    {
        await File.WriteAllTextAsync(
            Listing, """{"format_version":1,"files":{"other.txt":{"size":1,"blob_id":"1111111111111111111111111111111111111111"}}}""");
        CacheProblem problem = Assert.Single(await CheckAsync());
        Assert.Equal(("BadTree", Listing), (problem.Kind, problem.FullName));

        Assert.Equal(offline ? "Removed" : "ListingFetched", Assert.Single(await RepairAsync(offline)).Action);

        await AssertSoundAsync();
    }

    [Theory]
    [InlineData("config.json", "konfig.json")]
    [InlineData("lfs_sha256\": \"", "lfs_sha256\": \"0")]
    public async Task BeforeALinkIsChangedTheHubIsAskedWhetherTheListingIsRight(string before, string after)
    {
        string right = await File.ReadAllTextAsync(Listing);
        string spoilt = right.Replace(before, after, StringComparison.Ordinal);
        if (after.EndsWith('0'))
        {
            // Still a hash by its length, and another one.
            int end = spoilt.IndexOf('"', spoilt.IndexOf(after, StringComparison.Ordinal) + after.Length);
            spoilt = spoilt.Remove(end - 1, 1);
        }

        await File.WriteAllTextAsync(Listing, spoilt);
        Assert.NotEmpty(await CheckAsync());

        Assert.All(await RepairAsync(), item => Assert.Equal("Skipped", item.Result));

        Assert.Equal(right, await File.ReadAllTextAsync(Listing));
        Assert.Equal(0, _cache.Hub.Log.Count(method: "GET", pathContains: "/resolve/"));
        await AssertSoundAsync();
    }

    [Fact]
    public async Task WhileTheHubCannotBeAskedNothingIsTakenAwayByAListing()
    {
        string stranger = Path.Combine(Snapshot, "stranger.txt");
        await File.WriteAllTextAsync(stranger, "mine");
        _cache.Hub.Faults.Add(Fault.Status(503));
        Assert.Equal("Failed", Assert.Single(await RepairAsync(options: _cache.Options with { MaximumRetryCount = 0 })).Result);
        Assert.True(File.Exists(stranger));
    }

    [Fact]
    public async Task AFolderThatOnlyHeldAForeignFileGoesWithIt()
    {
        Directory.CreateDirectory(Path.Combine(Snapshot, "mine", "too"));
        await File.WriteAllTextAsync(Path.Combine(Snapshot, "mine", "too", "notes.txt"), "mine");
        Assert.Equal("SetAside", Assert.Single(await RepairAsync()).Action);
        Assert.False(Directory.Exists(Path.Combine(Snapshot, "mine")));
        Assert.Empty(await CheckAsync());
    }

    [Fact]
    public async Task AFolderInBlobsIsForeignAndGoes()
    {
        string path = Directory.CreateDirectory(Path.Combine(Repo, "blobs", "mine")).FullName;
        Assert.Equal("ForeignFile", Assert.Single(await CheckAsync()).Kind);
        Assert.Equal("Removed", Assert.Single(await RepairAsync()).Action);
        Assert.False(Directory.Exists(path));
    }

    private async Task AssertSoundAsync()
    {
        Assert.Empty(await CheckAsync());
        foreach (FakeFile file in (FakeFile[])[Config, Notes, Weights])
        {
            Assert.Equal(file.ToArray(), await File.ReadAllBytesAsync(Path.Combine(Snapshot, file.Path)));
        }
    }

    private async Task<List<CacheProblem>> CheckAsync(bool besideRepos = false)
    {
        var found = new List<CacheProblem>();
        await new CacheCheck(_cache.Path, (_, _) => true) { LooksBesideRepos = besideRepos }.RunAsync(
            found.Add, _ => { }, CancellationToken.None);
        return found;
    }

    private async Task<List<RepairedItem>> RepairAsync(
        bool offline = false, HubOptions? options = null, IReadOnlyList<CacheProblem>? problems = null)
    {
        var answers = new List<RepairedItem>();
        using var repair = new CacheRepair(
            (options ?? _cache.Options) with { Offline = offline }, new PollyRetryPolicy(TimeSpan.FromMilliseconds(10)), new Recorder());
        await repair.RunAsync(problems ?? await CheckAsync(), (item, _) => answers.Add(item), CancellationToken.None);
        return answers;
    }
}
