using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Download;

/// <summary>What the cache answers when the Hub is not asked or does not answer.</summary>
public sealed class FallbackTests
{
    private static readonly string[] Files = ["model.bin", "a.txt"];

    [Fact]
    public async Task OfflineABranchIsAnsweredWithOneWarning()
    {
        await using Filled cache = await Filled.StartAsync();
        var recorder = new Recorder();

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync("main", offline: true, recorder);

        Assert.All(outcomes, outcome => Assert.Equal("Cache", outcome.File?.Source));
        Assert.All(outcomes, outcome => Assert.Equal(cache.Commit, outcome.File!.CommitHash));
        Assert.Contains("may be old", Assert.Single(recorder.Warnings), StringComparison.Ordinal);
        Assert.Equal(0, cache.Hub.Log.Count());
    }

    [Fact]
    public async Task OfflineACommitIsAnsweredSilently()
    {
        await using Filled cache = await Filled.StartAsync();
        var recorder = new Recorder();

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(cache.Commit, offline: true, recorder);

        Assert.All(outcomes, outcome => Assert.Equal("Cache", outcome.File?.Source));
        Assert.Empty(recorder.Warnings);
    }

    [Theory]
    [InlineData("other")]
    [InlineData("0123456789abcdef0123456789abcdef01234567")]
    public async Task OfflineWhatIsNotThereSaysSo(string revision)
    {
        await using Filled cache = await Filled.StartAsync();

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(revision, offline: true, new Recorder());

        Assert.All(outcomes, outcome => Assert.Equal(HubErrorCode.OfflineNotCached, outcome.Error!.Code));
        Assert.Equal(0, cache.Hub.Log.Count());
    }

    [Fact]
    public async Task OfflineAnEmptyCacheStaysUntouched()
    {
        await using TestCache cache = await TestCache.StartAsync();

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "a.txt", options: cache.Options with { Offline = true });

        Assert.Equal(HubErrorCode.OfflineNotCached, outcome.Error!.Code);
        Assert.False(Directory.Exists(cache.Path));
    }

    [Fact]
    public async Task OfflineTheForceOptionIsAnError()
    {
        await using Filled cache = await Filled.StartAsync();

        IReadOnlyList<DownloadOutcome> outcomes = await cache.Inner.DownloadAsync(
            TestCache.Request("org/name", Files, force: true), cache.Inner.Options with { Offline = true });

        Assert.All(outcomes, outcome => Assert.Equal(HubErrorCode.InvalidOption, outcome.Error!.Code));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public async Task AHubThatDoesNotAnswerIsReplacedByTheCacheWithOneWarning(int status)
    {
        await using Filled cache = await Filled.StartAsync();
        cache.Hub.Faults.Add(Fault.Status(status) with { Times = -1 });
        var recorder = new Recorder();

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync("main", offline: false, recorder);

        Assert.All(outcomes, outcome => Assert.Equal("Cache", outcome.File?.Source));
        Assert.Single(recorder.Warnings);
    }

    [Fact]
    public async Task ACommitThatIsCachedNeedsNoHub()
    {
        await using Filled cache = await Filled.StartAsync();
        cache.Hub.Faults.Add(Fault.Status(503) with { Times = -1 });
        var recorder = new Recorder();

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(cache.Commit, offline: false, recorder);

        Assert.All(outcomes, outcome => Assert.Equal("Cache", outcome.File?.Source));
        Assert.Empty(recorder.Warnings);
        Assert.Equal(0, cache.Hub.Log.Count());
    }

    [Fact]
    public async Task WithoutAnAnswerInTheCacheTheErrorIsTheHubs()
    {
        await using Filled cache = await Filled.StartAsync();
        cache.Hub.Faults.Add(Fault.Status(503) with { Times = -1 });

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync("other", offline: false, new Recorder());

        Assert.All(outcomes, outcome => Assert.Equal(HubErrorCode.HubUnreachable, outcome.Error!.Code));
    }

    [Fact]
    public async Task AMissingFileInFrontDoesNotKeepTheCachedOnesFromBeingServedWhenTheHubIsDown()
    {
        await using Filled cache = await Filled.StartAsync();
        cache.Hub.Faults.Add(Fault.Status(503) with { Times = -1 });

        IReadOnlyList<DownloadOutcome> outcomes = await cache.Inner.DownloadAsync(TestCache.Request("org/name", ["none.txt", "a.txt"]));

        Assert.Equal(HubErrorCode.HubUnreachable, outcomes[0].Error!.Code);
        Assert.Equal("Cache", outcomes[1].File?.Source);
    }

    [Theory]
    [InlineData(404, "RepoNotFound", HubErrorCode.RepoNotFound)]
    [InlineData(404, "EntryNotFound", HubErrorCode.HubFileNotFound)]
    [InlineData(403, "GatedRepo", HubErrorCode.GatedRepo)]
    public async Task ARefusalIsNotReplacedByTheCache(int status, string code, HubErrorCode expected)
    {
        await using Filled cache = await Filled.StartAsync();
        cache.Hub.Faults.Add(Fault.Status(status, new Dictionary<string, string?> { ["X-Error-Code"] = code }) with { Times = -1 });

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync("main", offline: false, new Recorder());

        Assert.All(outcomes, outcome => Assert.Equal(expected, outcome.Error!.Code));
    }

    [Fact]
    public async Task OfflineABlobWithWrongBytesDoesNotCount()
    {
        await using Filled cache = await Filled.StartAsync();
        string blob = (await cache.DownloadAsync("main", offline: true, new Recorder()))[0].File!.BlobPath;
        byte[] bytes = await File.ReadAllBytesAsync(blob);
        bytes[17] ^= 1;
        await File.WriteAllBytesAsync(blob, bytes);

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync("main", offline: true, new Recorder());

        Assert.Equal(HubErrorCode.OfflineNotCached, outcomes[0].Error?.Code);
        Assert.Equal("Cache", outcomes[1].File?.Source);
    }

    [Theory]
    [InlineData("{0}\n")]
    [InlineData("  {0}\r\n")]
    public async Task ARefOfAnotherClientIsReadTolerantly(string format)
    {
        await using Filled cache = await Filled.StartAsync();
        cache.WriteRef(string.Format(System.Globalization.CultureInfo.InvariantCulture, format, cache.Commit));

        Assert.All(await cache.DownloadAsync("main", offline: true, new Recorder()), outcome => Assert.NotNull(outcome.File));
    }

    [Theory]
    [InlineData("../../../../../../etc")]
    [InlineData("")]
    [InlineData("main")]
    public async Task ARefThatHoldsNoCommitIsNoPath(string content)
    {
        await using Filled cache = await Filled.StartAsync();
        cache.WriteRef(content);

        Assert.All(
            await cache.DownloadAsync("main", offline: true, new Recorder()),
            outcome => Assert.Equal(HubErrorCode.OfflineNotCached, outcome.Error!.Code));
        Assert.All(await cache.DownloadAsync("main", offline: false, new Recorder()), outcome => Assert.NotNull(outcome.File));
        Assert.Equal(cache.Commit, await File.ReadAllTextAsync(cache.RefPath));
    }

    private sealed class Filled(TestCache inner, string commit) : IAsyncDisposable
    {
        public TestCache Inner => inner;

        public FakeHubServer Hub => inner.Hub;

        public string Commit => commit;

        public string RefPath => Path.Combine(inner.Path, "models--org--name", "refs", "main");

        public static async Task<Filled> StartAsync()
        {
            TestCache cache = await TestCache.StartAsync();
            string commit =
                cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", 5000), FakeFile.FromText("a.txt", "text")]);
            Assert.All(await cache.DownloadAsync(TestCache.Request("org/name", Files)), outcome => Assert.Null(outcome.Error));
            cache.Hub.Log.Clear();
            return new Filled(cache, commit);
        }

        public Task<IReadOnlyList<DownloadOutcome>> DownloadAsync(string revision, bool offline, Recorder recorder)
        {
            return inner.DownloadAsync(TestCache.Request("org/name", Files, revision), inner.Options with { Offline = offline }, recorder);
        }

        public void WriteRef(string content) => File.WriteAllText(RefPath, content);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
