using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Download;

/// <summary>Whole snapshots and patterns: what is brought, and what it costs in requests.</summary>
public sealed class SnapshotTests
{
    private const string Repo = "org/name";

    [Fact]
    public async Task AFileCostsOneRequestToTheHubAndTheListOne()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeFile[] files = [.. Usual()];
        string commit = cache.Hub.AddRepo(Repo).Commit("main", files);

        IReadOnlyList<DownloadOutcome> outcomes = await SaveAsync(cache);

        Assert.All(outcomes, outcome => Assert.Null(outcome.Error));
        Assert.Equal(files.Select(file => file.Path).Order(StringComparer.Ordinal), outcomes.Select(outcome => outcome.FileName));
        Assert.Equal(commit, Ref(cache));
        Assert.Equal(1, cache.Hub.Log.Count("/revision/main"));
        Assert.Equal(1, cache.Hub.Log.Count("/tree/"));
        Assert.Equal(0, cache.Hub.Log.Count(method: "HEAD"));
        Assert.All(
            files, file => Assert.Equal(file.Size == 0 ? 0 : 1, cache.Hub.Log.Count($"/resolve/{commit}/{file.Path}", origin: Origin.Hub)));
        Assert.Equal(2 + files.Count(file => file.Size > 0), cache.Hub.Log.Count(origin: Origin.Hub));
        Assert.All(cache.Hub.Log.Entries.Where(entry => entry.Origin == Origin.Storage), entry => Assert.False(entry.HasAuthorization));
        CacheRules.AssertKept(cache.Path);
        Assert.Empty(cache.Incomplete());
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task ACompleteSnapshotCostsNothingWhenPinnedAndOneRequestByBranch(bool isPinned, int requests)
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = cache.Hub.AddRepo(Repo).Commit("main", Usual());
        await SaveAsync(cache);
        cache.Hub.Log.Clear();

        IReadOnlyList<DownloadOutcome> outcomes = await SaveAsync(cache, revision: isPinned ? commit : "main");

        Assert.All(outcomes, outcome => Assert.Equal("Cache", outcome.File?.Source));
        Assert.Equal(requests, cache.Hub.Log.Count());
    }

    [Fact]
    public async Task OfANewCommitOnlyWhatChangedIsFetched()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeRepo hub = cache.Hub.AddRepo(Repo);
        hub.Commit("main", Usual());
        await SaveAsync(cache);
        string commit = hub.Commit("main", [FakeFile.FromText("config.json", "{ \"new\": 1 }")]);
        cache.Hub.Log.Clear();

        IReadOnlyList<DownloadOutcome> outcomes = await SaveAsync(cache);

        Assert.Equal(["config.json"], outcomes.Where(outcome => outcome.File!.Source == "Downloaded").Select(outcome => outcome.FileName));
        Assert.All(outcomes, outcome => Assert.Equal(commit, outcome.File!.CommitHash));
        Assert.Equal(3, cache.Hub.Log.Count());
        Assert.Equal(commit, Ref(cache));
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task ATreeOfManyPagesIsReadToItsEnd()
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { TreePageSize = 7 });
        cache.Hub.AddRepo(Repo).Commit("main", Enumerable.Range(0, 30).Select(i => FakeFile.FromText($"d{i % 3}/{i:00}.txt", $"{i}")));

        IReadOnlyList<DownloadOutcome> outcomes = await SaveAsync(cache);

        Assert.Equal(30, outcomes.Count(outcome => outcome.File is not null));

        // 30 files and 3 folders.
        Assert.Equal(5, cache.Hub.Log.Count("/tree/"));
    }

    [Fact]
    public async Task FilesThatShareABlobFetchItOnce()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo(Repo).Commit(
            "main", [FakeFile.FromText("a.txt", "same"), FakeFile.FromText("sub/b.txt", "same"), FakeFile.FromText("c.txt", "same")]);

        IReadOnlyList<DownloadOutcome> outcomes = await SaveAsync(cache);

        Assert.Equal(3, outcomes.Count(outcome => File.ReadAllText(outcome.File!.FullName) == "same"));
        Assert.Equal(4, outcomes.Sum(outcome => outcome.File!.BytesDownloaded));
        Assert.Equal(1, cache.Hub.Log.Count("/resolve/"));
    }

    [Fact]
    public async Task ARenamedRepoIsFollowed()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeRepo hub = cache.Hub.AddRepo("org/new");
        hub.Commit("main", Usual());
        hub.AddAlias("org/old");

        Assert.All(await SaveAsync(cache, "org/old"), outcome => Assert.Null(outcome.Error));
    }

    [Theory]
    [InlineData("dataset", "datasets--org--name")]
    [InlineData("space", "spaces--org--name")]
    [InlineData("kernel", "kernels--org--name")]
    public async Task TheOtherKindsOfRepoAreSavedToo(string type, string folder)
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = cache.Hub.AddRepo(Repo, type).Commit("main", Usual());

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(
            new DownloadRequest { RepoId = RepoId.Parse(Repo), RepoType = Enum.Parse<RepoType>(type, ignoreCase: true) });

        Assert.All(outcomes, outcome => Assert.Null(outcome.Error));
        Assert.Equal(commit, await File.ReadAllTextAsync(Path.Combine(cache.Path, folder, "refs", "main")));
    }

    [Fact]
    public async Task ARefOfAPullRequestIsItsOwnRevision()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeRepo hub = cache.Hub.AddRepo(Repo);
        hub.Commit("main", Usual());
        string commit = hub.Commit("refs/pr/1", [FakeFile.FromText("only.txt", "pr")]);

        Assert.Equal(["only.txt"], (await SaveAsync(cache, revision: "refs/pr/1")).Select(outcome => outcome.File!.FileName));
        Assert.Equal(commit, await File.ReadAllTextAsync(Path.Combine(cache.Path, "models--org--name", "refs", "refs", "pr", "1")));
    }

    [Fact]
    public async Task AHubWithoutListsStillGivesNamedFiles()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo(Repo).Commit("main", Enumerable.Range(0, 20).Select(i => FakeFile.FromText($"{i:00}.txt", $"{i}")));
        cache.Hub.Faults.Add(Fault.Status(404) with { PathContains = "/tree/", Times = -1 });

        IReadOnlyList<DownloadOutcome> named =
            await cache.DownloadAsync(TestCache.Request(Repo, Enumerable.Range(0, 20).Select(i => $"{i:00}.txt")));
        IReadOnlyList<DownloadOutcome> all = await SaveAsync(cache);

        Assert.All(named, outcome => Assert.Null(outcome.Error));
        Assert.Equal(HubErrorCode.HubProtocolError, Assert.Single(all).Error!.Code);
    }

    [Fact]
    public async Task WhatMatchesNothingIsAnErrorEachAndTheRestIsThere()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo(Repo).Commit("main", Usual());

        IReadOnlyList<DownloadOutcome> outcomes = await SaveAsync(cache, files: ["*.gguf", "config.json", "onnx2/", "nope.txt"]);

        Assert.Equal(
            [("*.gguf", true), ("config.json", false), ("onnx2/", true), ("nope.txt", true)],
            outcomes.Select(outcome => (outcome.FileName, outcome.Error is not null)));
        Assert.All(
            outcomes.Where(outcome => outcome.Error is not null),
            outcome => Assert.Equal((HubErrorCode.HubFileNotFound, outcome.FileName), (outcome.Error!.Code, outcome.Error.Target)));
        Assert.Null(Ref(cache));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NothingAtAllIsAnErrorToo(bool isExcluded)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo(Repo).Commit("main", isExcluded ? Usual() : []);

        DownloadOutcome outcome = Assert.Single(await SaveAsync(cache, exclude: isExcluded ? ["*"] : []));

        Assert.Equal(HubErrorCode.HubFileNotFound, outcome.Error!.Code);
        Assert.Empty(cache.Files());
    }

    [Fact]
    public async Task AFileThatFailsHoldsTheRefBackAndNothingElse()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeRepo hub = cache.Hub.AddRepo(Repo);
        string old = hub.Commit("main", [FakeFile.FromText("config.json", "1")]);
        await SaveAsync(cache);
        hub.Commit("main", Usual());
        cache.Hub.Faults.Add(Fault.FlipBit(5) with { PathContains = "model.bin", Times = -1 });
        cache.Hub.Faults.Add(Fault.Status(404) with { PathContains = "onnx/b.txt", Times = -1 });

        IReadOnlyList<DownloadOutcome> outcomes = await SaveAsync(cache);

        Assert.Equal(
            [("model.bin", HubErrorCode.HashMismatch), ("onnx/b.txt", HubErrorCode.HubProtocolError)],
            outcomes.Where(outcome => outcome.Error is not null).Select(outcome => (outcome.FileName, outcome.Error!.Code)));
        Assert.All(outcomes.Where(outcome => outcome.Error is null), outcome => Assert.True(File.Exists(outcome.File!.FullName)));
        Assert.Equal(old, Ref(cache));

        cache.Hub.Faults.Clear();
        cache.Hub.Log.Clear();
        IReadOnlyList<DownloadOutcome> again = await SaveAsync(cache);

        Assert.Equal(
            ["model.bin", "onnx/b.txt"], again.Where(outcome => outcome.File?.Source == "Downloaded").Select(outcome => outcome.FileName));
        Assert.Equal(3, cache.Hub.Log.Count(origin: Origin.Hub));
        Assert.Equal(again[0].File!.CommitHash, Ref(cache));
    }

    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("/etc/evil.txt")]
    [InlineData("a/../../evil.txt")]
    [InlineData("\u001b[31m/../../evil.txt")]
    public async Task AHostilePathIsRefusedBeforeAByteOfItAndTheRestIsThere(string path)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo(Repo).Commit("main", [FakeFile.FromText("config.json", "{}"), FakeFile.FromText(path, "evil")]);

        IReadOnlyList<DownloadOutcome> outcomes = await SaveAsync(cache);

        HubCacheException error = Assert.Single(outcomes, outcome => outcome.Error is not null).Error!;
        Assert.Equal(HubErrorCode.InvalidFileName, error.Code);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.Single(outcomes, outcome => outcome.File is not null);
        Assert.Equal(1, cache.Hub.Log.Count("/resolve/"));
        Assert.DoesNotContain(
            Directory.EnumerateFiles(cache.Root, "*", SearchOption.AllDirectories),
            file => file.Contains("evil", StringComparison.Ordinal));
        Assert.Null(Ref(cache));
    }

    [Fact]
    public async Task APathThatIsLongerThanTheSystemTakesIsRefused()
    {
        await using TestCache cache = await TestCache.StartAsync();
        string path = string.Join('/', Enumerable.Repeat(new string('d', 200), 25)) + "/f.txt";
        cache.Hub.AddRepo(Repo).Commit("main", [FakeFile.FromText("config.json", "{}"), FakeFile.FromText(path, "long")]);

        IReadOnlyList<DownloadOutcome> outcomes = await SaveAsync(cache);

        Assert.Equal([null, HubErrorCode.InvalidFileName], outcomes.Select(outcome => outcome.Error?.Code));
        Assert.Equal(1, cache.Hub.Log.Count("/resolve/"));
    }

    [Fact]
    public async Task OfAFileAndAFolderOfOneNameNeitherIsFetched()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeFile[] files = [FakeFile.FromText("a", "file"), FakeFile.FromText("a/b", "in it"), FakeFile.FromText("c", "c")];
        cache.Hub.AddRepo(Repo).Commit("main", files);

        // No git has such a tree; what a Hub sends is another matter.
        string tree = string.Join(
            ',', files.Select(file => $$"""{"type":"file","path":"{{file.Path}}","oid":"{{file.GitOid}}","size":{{file.Size}} }"""));
        cache.Hub.Faults.Add(Fault.Status(200, body: $"[{tree}]") with { PathContains = "/tree/" });

        IReadOnlyList<DownloadOutcome> outcomes = await SaveAsync(cache);

        Assert.Equal([HubErrorCode.InvalidFileName, HubErrorCode.InvalidFileName, null], outcomes.Select(outcome => outcome.Error?.Code));
        Assert.Equal(1, cache.Hub.Log.Count("/resolve/"));
    }

    [Fact]
    public async Task ADamagedListIsAskedForAgainAndReplaced()
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = cache.Hub.AddRepo(Repo).Commit("main", Usual());
        await SaveAsync(cache);
        string tree = Path.Combine(cache.Path, "models--org--name", "trees", commit + ".json");
        string whole = await File.ReadAllTextAsync(tree);
        await File.WriteAllTextAsync(tree, whole[..^20]);

        Assert.All(await SaveAsync(cache), outcome => Assert.Equal("Cache", outcome.File?.Source));
        Assert.Equal(whole, await File.ReadAllTextAsync(tree));
    }

    [Theory]
    [InlineData("""[{"type":"file","path":"a","oid":"no hash","size":1}]""")]
    [InlineData("""[{"type":"file","path":"a","size":1}]""")]
    [InlineData("""[{"type":"file","oid":"0123456789abcdef0123456789abcdef01234567","size":1}]""")]
    [InlineData("""[{"type":"file","path":"a","oid":"0123456789abcdef0123456789abcdef01234567","size":-1}]""")]
    [InlineData("""{"error":"no list"}""")]
    [InlineData("<html></html>")]
    public async Task AListThatNoHubSendsIsNoneAndIsNotKept(string body)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo(Repo).Commit("main", Usual());
        cache.Hub.Faults.Add(Fault.Status(200, body: body) with { PathContains = "/tree/", Times = -1 });

        Assert.Equal(HubErrorCode.HubProtocolError, Assert.Single(await SaveAsync(cache)).Error!.Code);
        Assert.Empty(cache.Files());
    }

    [Fact]
    public async Task AListThatLeadsBackToItselfEnds()
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = cache.Hub.AddRepo(Repo).Commit("main", Usual());
        cache.Hub.Faults.Add(Fault.HeaderOverride(
            "Link", $"</api/models/org/name/tree/{commit}?recursive=true&expand=false>; rel=\"next\"") with
        {
            PathContains = "/tree/",
            Times = -1
        });

        Assert.Equal(HubErrorCode.HubProtocolError, Assert.Single(await SaveAsync(cache)).Error!.Code);
    }

    [Fact]
    public async Task TheTokenDoesNotFollowAListToAnotherHost()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo(Repo).Commit("main", Usual());
        cache.Hub.Faults.Add(
            Fault.HeaderOverride("Link", $"<{cache.Hub.StorageOrigin}list>; rel=\"next\"") with { PathContains = "/tree/" });

        Assert.Equal(
            HubErrorCode.HubProtocolError,
            Assert.Single(await SaveAsync(cache, options: cache.Options with { Token = "hf_demo" })).Error!.Code);
        Assert.Equal(0, cache.Hub.Log.Count(origin: Origin.Storage));
    }

    internal static IEnumerable<FakeFile> Usual() =>
    [
        FakeFile.FromText("config.json", "{}"), FakeFile.FromText("empty.txt", string.Empty), FakeFile.Generated("model.bin", 300_000),
        FakeFile.Generated("empty.bin", 0), FakeFile.FromText("onnx/b.txt", "b"), FakeFile.Generated("onnx/deep/c.bin", 9_000_000, seed: 2),
    ];

    internal static Task<IReadOnlyList<DownloadOutcome>> SaveAsync(
        TestCache cache,
        string repo = Repo,
        string revision = "main",
        string[]? files = null,
        string[]? exclude = null,
        HubOptions? options = null,
        Recorder? recorder = null)
        => cache.DownloadAsync(RequestFor(repo, revision, files, exclude), options, recorder);

    internal static DownloadRequest RequestFor(
        string repo = Repo, string revision = "main", string[]? files = null, string[]? exclude = null) => new()
        {
            RepoId = RepoId.Parse(repo),
            Revision = Revision.Parse(revision),
            Files = files is null ? [FileSelector.Everything] : [.. files.Select(FileSelector.Parse)],
            Exclude = [.. (exclude ?? []).Select(FilePattern.Parse)],
        };

    internal static string? Ref(TestCache cache, string name = "main")
    {
        string path = Path.Combine(cache.Path, "models--org--name", "refs", name);
        return File.Exists(path) ? File.ReadAllText(path) : null;
    }
}
