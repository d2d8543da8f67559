using FakeHub;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Hub;

/// <summary>What the Hub is asked, and what is made of its answers.</summary>
public sealed class MetadataTests
{
    [Theory]
    [InlineData("with space.txt", "with%20space.txt")]
    [InlineData("hash#tag.txt", "hash%23tag.txt")]
    [InlineData("why?.txt", "why%3F.txt")]
    [InlineData("100%.txt", "100%25.txt")]
    [InlineData("%41.txt", "%2541.txt")]
    [InlineData("a+b.txt", "a%2Bb.txt")]
    [InlineData("br[1].txt", "br%5B1%5D.txt")]
    [InlineData("ü/日本.txt", "%C3%BC/%E6%97%A5%E6%9C%AC.txt")]
    public async Task EverySegmentOfANameIsEscaped(string name, string expected)
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText(name, "text")]);

        CachedFile file = (await cache.DownloadAsync("org/name", name)).File!;

        Assert.Equal("text", await File.ReadAllTextAsync(file.FullName));
        Assert.Equal(
            [$"/org/name/resolve/main/{expected}", $"/org/name/resolve/{commit}/{expected}"],
            cache.Hub.Log.Entries.Select(entry => entry.Path));
    }

    [Fact]
    public async Task ASlashInARevisionIsEscaped()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeRepo repo = cache.Hub.AddRepo("org/name");
        string commit = repo.Commit("refs/pr/1", [FakeFile.FromText("a.txt", "text")]);

        CachedFile file = (await cache.DownloadAsync("org/name", "a.txt", "refs/pr/1")).File!;

        Assert.Equal("/org/name/resolve/refs%2Fpr%2F1/a.txt", cache.Hub.Log.Entries[0].Path);
        Assert.Equal(commit, await File.ReadAllTextAsync(Path.Combine(cache.Path, "models--org--name", "refs", "refs", "pr", "1")));
        Assert.Equal(commit, file.CommitHash);
    }

    [Theory]
    [InlineData(RepoType.Dataset, "dataset")]
    [InlineData(RepoType.Space, "space")]
    [InlineData(RepoType.Kernel, "kernel")]
    public async Task OtherTypesHaveAPrefixOfTheirOwn(RepoType type, string name)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name", name).Commit("main", [FakeFile.FromText("a.txt", "text")]);
        var request = new DownloadRequest { RepoId = RepoId.Parse("org/name"), RepoType = type, Files = [HubFileName.Parse("a.txt")] };

        CachedFile file = (await cache.DownloadAsync(request))[0].File!;

        Assert.Equal($"/{name}s/org/name/resolve/main/a.txt", cache.Hub.Log.Entries[0].Path);
        Assert.StartsWith(Path.Combine(cache.Path, $"{name}s--org--name", "snapshots"), file.FullName, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ARenamedRepoIsFollowedAndKeepsTheNameThatWasAskedFor(bool absolute)
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeRepo repo = cache.Hub.AddRepo("org/new");
        repo.Commit("main", [FakeFile.Generated("model.bin", 5000), FakeFile.FromText("a.txt", "text")]);
        repo.AddAlias("org/old", absolute);

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(TestCache.Request("org/old", ["model.bin", "a.txt"]));

        Assert.All(outcomes, outcome => Assert.Contains("models--org--old", outcome.File!.FullName, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AWeakETagNamesTheBlobAllTheSame()
    {
        await using TestCache cache = await TestCache.StartAsync();
        var file = FakeFile.FromText("a.txt", "text", weakEtag: true);
        cache.Hub.AddRepo("org/name").Commit("main", [file]);

        Assert.Equal(file.Etag, (await cache.DownloadAsync("org/name", "a.txt")).File!.ETag);
    }

    [Fact]
    public async Task LinkedHeadersBeatTheOthers()
    {
        await using TestCache cache = await TestCache.StartAsync();
        var file = FakeFile.FromText("a.txt", "text");
        cache.Hub.AddRepo("org/name").Commit("main", [file]);
        var headers = new Dictionary<string, string?>
        {
            ["X-Linked-Etag"] = $"\"{file.Etag}\"",
            ["X-Linked-Size"] = "4",
            ["ETag"] = "\"of something else\"",
            ["Content-Length"] = "999",
        };
        cache.Hub.Faults.Add(Fault.HeaderOverride(headers) with { Method = "HEAD" });

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "a.txt");

        Assert.Null(outcome.Error);
        Assert.Equal(4, outcome.File!.Length);
    }

    [Theory]
    [InlineData("RepoNotFound", 404, HubErrorCode.RepoNotFound)]
    [InlineData("RepoNotFound", 401, HubErrorCode.RepoNotFound)]
    [InlineData("RevisionNotFound", 404, HubErrorCode.RevisionNotFound)]
    [InlineData("EntryNotFound", 404, HubErrorCode.HubFileNotFound)]
    [InlineData("GatedRepo", 403, HubErrorCode.GatedRepo)]
    [InlineData("GatedRepo", 401, HubErrorCode.GatedRepo)]
    [InlineData(null, 401, HubErrorCode.HubProtocolError)]
    [InlineData(null, 403, HubErrorCode.ProxyRefused)]
    [InlineData(null, 404, HubErrorCode.HubProtocolError)]
    [InlineData(null, 400, HubErrorCode.HubProtocolError)]
    [InlineData(null, 206, HubErrorCode.HubProtocolError)]
    [InlineData("SomethingNew", 418, HubErrorCode.HubProtocolError)]
    public async Task EveryRefusalHasItsOwnError(string? code, int status, HubErrorCode expected)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        cache.Hub.Faults.Add(
            Fault.Status(status, code is null ? null : new Dictionary<string, string?> { ["X-Error-Code"] = code }) with { Times = -1 });

        HubCacheException error = (await cache.DownloadAsync("org/name", "a.txt")).Error!;

        Assert.Equal(expected, error.Code);
        Assert.Empty(cache.Files());
        // A bare 403 may be that of the method: the tree is asked for as well.
        Assert.Equal(expected == HubErrorCode.ProxyRefused ? 2 : 1, cache.Hub.Log.Count());
    }

    [Theory]
    [InlineData("hf_unknown", HubErrorCode.TokenInvalid)]
    [InlineData("hf_nogate", HubErrorCode.GatedRepo)]
    [InlineData(null, HubErrorCode.GatedRepo)]
    public async Task AGatedRepoSaysWhetherTheTokenOrTheGrantIsMissing(string? token, HubErrorCode expected)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name", gated: true).Commit("main", [FakeFile.FromText("a.txt", "text")]);

        HubCacheException error = (await cache.DownloadAsync("org/name", "a.txt", options: cache.Options with { Token = token })).Error!;

        Assert.Equal(expected, error.Code);
        Assert.DoesNotContain(token ?? "hf_", error.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(cache.Path));
    }

    [Fact]
    public async Task APrivateRepoOpensWithItsToken()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub
            .AddRepo("org/name", isPrivate: true, gated: true)
            .Commit("main", [FakeFile.FromText("a.txt", "text"), FakeFile.Generated("b.bin", 9000)]);

        IReadOnlyList<DownloadOutcome> outcomes =
            await cache.DownloadAsync(TestCache.Request("org/name", ["a.txt", "b.bin"]), cache.Options with { Token = "hf_demo" });

        Assert.All(outcomes, outcome => Assert.Null(outcome.Error));
        Assert.Equal(HubErrorCode.RepoNotFound, (await cache.DownloadAsync("org/name", "c.txt")).Error!.Code);
    }

    [Theory]
    [InlineData("X-Repo-Commit", "main")]
    [InlineData("X-Repo-Commit", "../../../../etc")]
    [InlineData("X-Linked-Size", "-1")]
    [InlineData("X-Linked-Size", "4.0")]
    [InlineData("X-Linked-Size", "99999999999999999999")]
    public async Task AMalformedHeaderEndsItBeforeAnythingIsWritten(string header, string value)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        cache.Hub.Faults.Add(Fault.HeaderOverride(header, value) with { Method = "HEAD", Times = -1 });

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "a.txt");

        Assert.Equal(HubErrorCode.HubProtocolError, outcome.Error!.Code);
        Assert.False(Directory.Exists(cache.Path));
    }

    [Fact]
    public async Task AnAnswerForAnotherCommitThanTheOneAskedForIsRefused()
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        cache.Hub.Faults.Add(Fault.HeaderOverride("X-Repo-Commit", new string('a', 40)) with { Method = "HEAD" });

        Assert.Equal(HubErrorCode.HubProtocolError, (await cache.DownloadAsync("org/name", "a.txt", commit)).Error!.Code);
    }

    [Fact]
    public async Task AMissingFileIsRememberedAndNothingElse()
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "sub/none.txt");

        Assert.Equal(HubErrorCode.HubFileNotFound, outcome.Error!.Code);
        Assert.Equal(["CACHEDIR.TAG", $"models--org--name/.no_exist/{commit}/sub/none.txt"], cache.Files());
        Assert.Equal(
            [".no_exist", "refs", "snapshots"],
            Directory.EnumerateFileSystemEntries(Path.Combine(cache.Path, "models--org--name")).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A404WithoutTheHubsCodeIsNoWordOfTheHubs(bool withCommit)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        cache.Hub.Faults.Add(
            withCommit ? Fault.HeaderOverride("X-Error-Code", null) with { Times = -1 } : Fault.Status(404) with { Times = -1 });

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "none.txt");

        Assert.Equal(HubErrorCode.HubProtocolError, outcome.Error!.Code);
        Assert.Contains(cache.Hub.Endpoint.Host, outcome.Error.Message, StringComparison.Ordinal);
        Assert.Empty(cache.Files());
    }

    [Fact]
    public async Task A404ForAnotherCommitThanTheOneAskedForLeavesNoMark()
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        cache.Hub.Faults.Add(Fault.HeaderOverride("X-Repo-Commit", new string('b', 40)) with { Times = -1 });
        DownloadRequest request = TestCache.Request("org/name", ["none.txt"], revision: commit);

        DownloadOutcome outcome = Assert.Single(await cache.DownloadAsync(request));

        Assert.Equal(HubErrorCode.HubFileNotFound, outcome.Error!.Code);
        Assert.DoesNotContain(cache.Files(), file => file.Contains(".no_exist", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AListThatLacksAFileLeavesNoMark()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        var request =
            new DownloadRequest { RepoId = RepoId.Parse("org/name"), Files = [FileSelector.Parse("a*"), FileSelector.Parse("none.txt")] };

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(request);

        Assert.Equal([null, HubErrorCode.HubFileNotFound], outcomes.Select(outcome => outcome.Error?.Code));
        Assert.DoesNotContain(cache.Files(), file => file.Contains(".no_exist", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AMarkGoesWhenTheNameIsPublished(bool isNameThere)
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit =
            cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("sub/a.txt", "text"), FakeFile.FromText("b.txt", "b")]);
        if (isNameThere)
        {
            await cache.DownloadAsync("org/name", "sub/a.txt");
        }

        string mark = Path.Combine(cache.Path, "models--org--name", ".no_exist", commit, "sub", "a.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(mark)!);
        await File.WriteAllTextAsync(mark, string.Empty);

        DownloadOutcome outcome = (await cache.DownloadAsync(TestCache.Request("org/name", ["sub/a.txt"], force: isNameThere)))[0];

        Assert.Null(outcome.Error);
        Assert.False(File.Exists(mark));
    }

    [Fact]
    public async Task AMarkThatComesAfterTheNameDoesNotStay()
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        await cache.DownloadAsync("org/name", "a.txt");

        NoExistMarker.Leave(
            Disk.OfThisSystem,
            new RepoPaths(cache.Path, RepoType.Model, RepoId.Parse("org/name")),
            CommitHash.TryParse(commit)!,
            HubFileName.Parse("a.txt"));

        Assert.DoesNotContain(cache.Files(), file => file.Contains(".no_exist", StringComparison.Ordinal));
    }

    [Fact]
    public async Task APlanRemembersNothing()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        using HubDownloader downloader = cache.Downloader();

        IReadOnlyList<FindOutcome> plan =
            await downloader.PlanAsync(TestCache.Request("org/name", ["a.txt", "none.txt"]), new Recorder(), default);

        Assert.Equal(4, plan[0].File!.Length);
        Assert.Equal(HubErrorCode.HubFileNotFound, plan[1].Error!.Code);
        Assert.False(Directory.Exists(cache.Path));
    }

    [Fact]
    public async Task RedirectsInACircleEndInAnError()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        cache.Hub.Faults.Add(Fault.RedirectLoop());

        Assert.Equal(HubErrorCode.HubProtocolError, (await cache.DownloadAsync("org/name", "a.txt")).Error!.Code);
        Assert.InRange(cache.Hub.Log.Count(), 2, 12);
        Assert.False(Directory.Exists(cache.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/x")]
    public async Task ARedirectToNowhereIsAnError(string location)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        cache.Hub.Faults.Add(Fault.Redirect(location) with { Times = -1 });

        Assert.Equal(HubErrorCode.HubProtocolError, (await cache.DownloadAsync("org/name", "a.txt")).Error!.Code);
    }

    [Fact]
    public async Task AHubThatIsNotThereIsUnreachable()
    {
        await using TestCache cache = await TestCache.StartAsync();
        HubOptions options = cache.Options with { Endpoint = new Uri("http://127.0.0.1:9") };

        HubCacheException error = (await cache.DownloadAsync("org/name", "a.txt", options: options)).Error!;

        Assert.Equal(HubErrorCode.HubUnreachable, error.Code);
        Assert.False(Directory.Exists(cache.Path));
    }
}
