using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Transfer;

/// <summary>Links to the storage: they run out, and they never see the token.</summary>
public sealed class SignedLinkTests
{
    private const int Megabyte = 1 << 20;
    private const string Token = "hf_demo";

    [Fact]
    public async Task ALinkThatRunsOutInTheMiddleIsAskedForAnew()
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { SignedLinkSeconds = 0.5 });
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", 3 * Megabyte)]);
        cache.Hub.Faults.Add(Fault.Stall(2 * Megabyte, seconds: 1));
        cache.Hub.Faults.Add(Fault.ResetAfter((2 * Megabyte) + 1));

        DownloadOutcome outcome =
            await cache.DownloadAsync("org/name", "model.bin", options: cache.Options with { ConnectionsPerFile = 1 });

        Assert.Null(outcome.Error);
        Assert.Equal(3 * Megabyte, outcome.File!.BytesDownloaded);
        Assert.Equal(1, cache.Hub.Log.Entries.Count(entry => entry.Status == 403));
    }

    [Fact]
    public async Task AStorageThatRefusesEveryLinkIsAnErrorWithoutTheSignature()
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { SignedLinkSeconds = -1 });
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", Megabyte)]);
        var recorder = new Recorder();

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin", recorder: recorder);

        Assert.Equal(HubErrorCode.HubProtocolError, outcome.Error!.Code);
        Assert.DoesNotContain("Signature", outcome.Error + string.Concat(recorder.Notes), StringComparison.Ordinal);
        CacheRules.AssertNothingPublished(cache.Path);
    }

    [Fact]
    public async Task AStorageAtTheHubItselfIsAskedForPiecesAndNeverByHead()
    {
        await using TestCache cache =
            await TestCache.StartAsync(new FakeHubOptions { StorageAtHub = true, BytesPerSecondPerConnection = 8 * Megabyte });
        cache.Hub.AddRepo("org/name", isPrivate: true).Commit("main", [FakeFile.Generated("model.bin", 24 * Megabyte)]);

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin", options: cache.Options with { Token = Token });

        Assert.Null(outcome.Error);
        IReadOnlyList<string> asked = [.. cache.Hub.Log.Entries
            .Where(entry => entry.Path.Contains("/resolve/", StringComparison.Ordinal))
            .Select(entry => entry.Method)];
        Assert.Equal(["HEAD", "GET"], asked);
        Assert.InRange(cache.Hub.Log.Entries.Count(entry => entry.Path.StartsWith("/models/", StringComparison.Ordinal)), 2, 100);
        Assert.DoesNotContain(cache.Hub.Log.Entries, entry => entry.Status >= 400);
    }

    [Fact]
    public async Task TheTokenGoesToTheHubAndNowhereElse()
    {
        await using TestCache cache = await StartAsync();

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin", options: cache.Options with { Token = Token });

        Assert.Null(outcome.Error);
        AssertTokenOnlyAtTheHub(cache);
        Assert.Contains(cache.Hub.Log.Entries, entry => entry.Token == Token);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(500)]
    public async Task TheTokenIsNotSentAfterARefusalEitherNorShown(int status)
    {
        await using TestCache cache = await StartAsync();
        cache.Hub.Faults.Add(Fault.Status(status, body: Token) with { Origin = Origin.Storage, Times = -1 });
        var recorder = new Recorder();

        DownloadOutcome outcome =
            await cache.DownloadAsync("org/name", "model.bin", options: cache.Options with { Token = Token }, recorder: recorder);

        Assert.NotNull(outcome.Error);
        AssertTokenOnlyAtTheHub(cache);
        Assert.DoesNotContain(
            Token,
            outcome.Error + outcome.Error.Advice + string.Concat(recorder.Notes) + string.Concat(recorder.Warnings),
            StringComparison.Ordinal);
        Assert.DoesNotContain(
            cache.Files(), file => File.ReadAllText(Path.Combine(cache.Path, file)).Contains(Token, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OnceDroppedTheTokenStaysDroppedOnTheWayBack(bool fromHub)
    {
        await using TestCache cache = await StartAsync();
        cache.Hub.AddRepo("org/open").Commit("main", [FakeFile.FromText("other.txt", "text")]);
        if (fromHub)
        {
            // The link of the metadata is refused, so that the way leads from the Hub, with the token, to the storage and back.
            cache.Hub.Faults.Add(Fault.Status(403) with { Origin = Origin.Storage });
        }

        cache.Hub.Faults.Add(Fault.Redirect(new Uri(cache.Hub.Endpoint, "/org/open/resolve/main/other.txt").AbsoluteUri) with
        {
            Origin = Origin.Storage,
            Times = -1
        });

        await cache.DownloadAsync("org/name", "model.bin", options: cache.Options with { Token = Token, MaximumRetryCount = 0 });

        LoggedRequest[] back = [.. cache.Hub.Log.Entries.Where(entry => entry.Path.EndsWith("other.txt", StringComparison.Ordinal))];
        Assert.NotEmpty(back);
        Assert.All(back, entry => Assert.False(entry.HasAuthorization));
    }

    [Fact]
    public async Task APlaceThatIsGoneBackToIsAskedWithoutTheTokenThatWasDroppedOnTheWayThere()
    {
        await using TestCache cache = await StartAsync();
        cache.Hub.AddRepo("org/open").Commit("main", [FakeFile.Generated("model.bin", Megabyte, lfs: false)]);
        cache.Hub.Faults.Add(Fault.Redirect(new Uri(cache.Hub.Endpoint, "/org/open/resolve/main/model.bin").AbsoluteUri) with
        {
            Origin = Origin.Storage,
            Times = -1
        });
        cache.Hub.Faults.Add(Fault.ResetAfter(Megabyte / 2) with { PathContains = "org/open" });

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin", options: cache.Options with { Token = Token });

        Assert.Null(outcome.Error);
        LoggedRequest[] back = [.. cache.Hub.Log.Entries.Where(entry => entry.Path.Contains("org/open", StringComparison.Ordinal))];
        Assert.True(back.Length > cache.Hub.Log.Count(origin: Origin.Storage), "it is asked again without a detour by the storage");
        Assert.All(back, entry => Assert.False(entry.HasAuthorization));
    }

    [Fact]
    public async Task MetadataDoNotFollowToTheStorage()
    {
        await using TestCache cache = await StartAsync();

        await cache.DownloadAsync("org/name", "model.bin");

        Assert.Equal(0, cache.Hub.Log.Count(method: "HEAD", origin: Origin.Storage));
    }

    [Fact]
    public async Task ATokenThatCannotBeAHeaderIsRefusedWithoutBeingShown()
    {
        await using TestCache cache = await StartAsync();

        var error = Assert.Throws<HubCacheException>(() => cache.Downloader(cache.Options with { Token = "hf_sécret" }));

        Assert.Equal(HubErrorCode.TokenInvalid, error.Code);
        Assert.DoesNotContain("hf_sécret", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, cache.Hub.Log.Count());
    }

    private static async Task<TestCache> StartAsync()
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name", isPrivate: true).Commit("main", [FakeFile.Generated("model.bin", Megabyte)]);
        return cache;
    }

    private static void AssertTokenOnlyAtTheHub(TestCache cache)
    {
        LoggedRequest[] storage = [.. cache.Hub.Log.Entries.Where(entry => entry.Origin == Origin.Storage)];
        Assert.NotEmpty(storage);
        Assert.All(storage, entry => Assert.False(entry.HasAuthorization));
    }
}
