using System.Net;
using FakeHub;
using HubCache.Hub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Hub;

/// <summary>Mirrors and caches that answer nearly as the Hub does.</summary>
public sealed class MirrorTests
{
    [Theory]
    [InlineData("X-Repo-Commit", null)]
    [InlineData("ETag", null)]
    [InlineData("ETag", "W/\"0123456789abcdef0123456789abcdef01234567-gzip\"")]
    [InlineData("ETag", "\"0123456789abcdef0123456789abcdef\"")]
    [InlineData("ETag", "\"abc-12\"")]
    [InlineData("ETag", "\"../../passwd\"")]
    [InlineData("Content-Length", null)]
    [InlineData("Content-Length", "0")]
    public async Task AHeadThatDoesNotSayWhatTheFileIsLeavesItToTheTree(string header, string? value)
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit =
            cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text"), FakeFile.FromText("b.txt", "more")]);
        cache.Hub.Faults.Add(Fault.HeaderOverride(header, value) with { Method = "HEAD", Times = -1 });

        await AssertHasAsync(cache, "main", commit);
        await AssertHasAsync(cache, commit, commit);
    }

    [Theory]
    [InlineData(405)]
    [InlineData(403)]
    [InlineData(501)]
    public async Task ARefusedHeadLeavesItToTheTree(int status)
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit =
            cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text"), FakeFile.FromText("b.txt", "more")]);
        cache.Hub.Faults.Add(Fault.Status(status) with { Method = "HEAD", Times = -1 });

        await AssertHasAsync(cache, "main", commit);
    }

    [Fact]
    public async Task AnArtifactoryETagIsCheckedAgainstTheTree()
    {
        // A SHA-1 of the bytes, which looks like git's.
        await using TestCache cache = await TestCache.StartAsync();
        string commit =
            cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text"), FakeFile.FromText("b.txt", "more")]);
        cache.Hub.Faults.Add(Fault.HeaderOverride(new Dictionary<string, string?>
        {
            ["X-Repo-Commit"] = null,
            ["ETag"] = "\"372ea08cab33e71c02c651dbc83a474d32c676ea\""
        }) with
        { Times = -1, PathContains = "/resolve/" });

        await AssertHasAsync(cache, commit, commit);
    }

    [Fact]
    public async Task WithoutATreeTheHeadsOwnFaultIsTold()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        cache.Hub.Faults.Add(Fault.HeaderOverride("ETag", "\"abc-12\"") with { Method = "HEAD", Times = -1 });
        cache.Hub.Faults.Add(Fault.Status(404) with { PathContains = "/api/", Times = -1 });

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "a.txt");

        Assert.Equal(HubErrorCode.HubProtocolError, outcome.Error!.Code);
        Assert.Contains("the ETag is neither", outcome.Error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cache.Path));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public async Task A308ToTheHubItselfIsFollowedAsAHubWithoutTheToken(int files)
    {
        await using TestCache cache = await TestCache.StartAsync();
        await using FakeHubServer real = await FakeHubServer.StartAsync(new FakeHubOptions { TreePageSize = 7 });
        FakeFile[] all = [.. Enumerable.Range(0, files).Select(i => FakeFile.Generated($"f{i}.bin", 2000 + i, seed: i, lfs: i % 2 == 0))];
        real.AddRepo("org/name").Commit("main", all);
        string[] paths = ["/org/name/resolve/main/f0.bin", "/api/models/org/name/revision/main"];
        cache.Hub.AddRepo("org/name");
        foreach (string path in paths)
        {
            cache.Hub.Faults.Add(Fault.Redirect(new Uri(real.Endpoint, path).AbsoluteUri, 308) with { PathContains = path, Times = -1 });
        }

        string commit = real.FindRepo("org/name")!.ResolveRevision("main")!;
        for (int i = 0; i < files; i++)
        {
            string path = $"/org/name/resolve/{commit}/f{i}.bin";
            cache.Hub.Faults.Add(Fault.Redirect(new Uri(real.Endpoint, path).AbsoluteUri, 308) with { PathContains = path, Times = -1 });
        }

        cache.Hub.Faults.Add(Fault.Redirect(
            real.Endpoint.AbsoluteUri + $"api/models/org/name/tree/{commit}?recursive=true&expand=false",
            308) with
        { PathRegex = "/tree/[0-9a-f]+\\?recursive=true&expand=false$", Times = -1 });
        if (files > 7)
        {
            PassOnPages(cache.Hub, real, commit, all);
        }

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(
            TestCache.Request("org/name", all.Select(file => file.Path)), cache.Options with { Token = "hf_demo" });

        Assert.All(outcomes, outcome => Assert.Null(outcome.Error));
        Assert.All(real.Log.Entries, entry => Assert.False(entry.HasAuthorization));
        Assert.Contains(cache.Hub.Log.Entries, entry => entry.HasAuthorization);
    }

    [Theory]
    [InlineData("https://m/hub", "/org/new/resolve/main/a", "https://m/hub/org/new/resolve/main/a")]
    [InlineData("https://m/hub", "/api/models/org/new", "https://m/hub/api/models/org/new")]
    [InlineData("https://m/hub", "/hub/org/new/resolve/main/a", "https://m/hub/org/new/resolve/main/a")]
    [InlineData("https://m/hub", "/storage/blob?sig=1", "https://m/storage/blob?sig=1")]
    [InlineData("https://m", "/org/new/resolve/main/a", "https://m/org/new/resolve/main/a")]
    [InlineData("https://m/hub", "//other/org/new/resolve/main/a", "https://other/org/new/resolve/main/a")]
    public void ARootRelativeRedirectIsTriedUnderTheEndpointsPath(string endpoint, string location, string expected)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.TemporaryRedirect)
        {
            RequestMessage = new HttpRequestMessage(HttpMethod.Head, $"{endpoint}/org/old/resolve/main/a")
        };
        response.Headers.TryAddWithoutValidation("Location", location);

        Assert.Equal(expected, Redirects.Next(response, new Uri(endpoint)).AbsoluteUri);
    }

    [Fact]
    public async Task ANextPageThatTheMirrorPassesOnFromTheHubIsAskedForAtTheMirror()
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { TreePageSize = 5 });
        FakeFile[] files = [.. Enumerable.Range(0, 20).Select(i => FakeFile.FromText($"f{i:00}.txt", $"text {i}"))];
        string commit = cache.Hub.AddRepo("org/name").Commit("main", files);
        string cursor = Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes("f04.txt")).ToLowerInvariant();
        string next =
            $"<https://huggingface.co/api/models/org/name/tree/{commit}?recursive=true&expand=false&cursor={cursor}>; rel=\"next\"";
        Fault link = Fault.HeaderOverride("Link", next);
        cache.Hub.Faults.Add(link with { PathRegex = "/tree/[0-9a-f]+\\?recursive=true&expand=false$", Times = -1 });

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(TestCache.Request("org/name", files.Select(file => file.Path)));

        Assert.Equal(20, outcomes.Count(outcome => outcome.Error is null));
    }

    // Each page's link leads to the real Hub; it is asked for here, and led there again.
    private static void PassOnPages(FakeHubServer mirror, FakeHubServer real, string commit, FakeFile[] files)
    {
        foreach (FakeFile file in files)
        {
            string cursor = Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(file.Path)).ToLowerInvariant();
            string page = $"/api/models/org/name/tree/{commit}?recursive=true&expand=false&cursor={cursor}";
            mirror.Faults.Add(Fault.Redirect(real.Endpoint.AbsoluteUri.TrimEnd('/') + page, 308) with
            {
                PathRegex = System.Text.RegularExpressions.Regex.Escape(page) + "$",
                Times = -1
            });
        }
    }

    private static async Task AssertHasAsync(TestCache cache, string revision, string commit)
    {
        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(TestCache.Request("org/name", ["a.txt", "b.txt"], revision));

        Assert.All(outcomes, outcome => Assert.Null(outcome.Error));
        Assert.All(outcomes, outcome => Assert.Equal(commit, outcome.File!.CommitHash));
        Assert.Equal("text", File.ReadAllText(outcomes[0].File!.FullName));
        Directory.Delete(cache.Path, recursive: true);
    }
}
