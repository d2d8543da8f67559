using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Interop;

/// <summary>What the client from npm downloaded, HubCache serves.</summary>
[Collection(NpmGroup.Name)]
public sealed class WrittenByNpmTests(NpmClient npm)
{
    private static readonly FakeFile Config = FakeFile.FromText("config.json", "{}\n");
    private static readonly FakeFile Weights = FakeFile.Generated("model.safetensors", 9_000_000);
    private static readonly FakeFile Deep = FakeFile.FromText("sub/deep/vocab.txt", "a\nb\n");
    private static readonly string[] AllNames = [Config.Path, Weights.Path, Deep.Path];

    [NpmFact]
    public async Task ItsSnapshotIsAHitByBranchWithoutABody()
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = await FillAsync(cache);

        await AssertHitsAsync(cache, "main", commit);

        Assert.Equal(0, cache.Hub.Log.BytesSent());
    }

    [NpmFact]
    public async Task ItsSnapshotIsAHitOffline()
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = await FillAsync(cache);

        Recorder recorder = await AssertHitsAsync(cache, "main", commit, offline: true);

        Assert.Single(recorder.Warnings);
        Assert.Equal(0, cache.Hub.Log.Count());
    }

    [NpmFact]
    public async Task ItsSnapshotIsAHitWhenPinnedWithoutARequest()
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = await FillAsync(cache);

        Recorder recorder = await AssertHitsAsync(cache, commit, commit);

        Assert.Empty(recorder.Warnings);
        Assert.Equal(0, cache.Hub.Log.Count());
    }

    [NpmFact]
    public async Task ABlobOfAnOlderCommitIsLinkedNotFetched()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeRepo repo = cache.Hub.AddRepo("org/name");
        string old = repo.Commit("main", [Weights]);
        await npm.DownloadAsync(cache.Hub.Endpoint, cache.Path, "model", "org/name", old, Weights.Path);
        string commit = repo.Commit("main", [Config]);
        cache.Hub.Log.Clear();

        CachedFile file = (await cache.DownloadAsync("org/name", Weights.Path)).File!;

        Assert.Equal(("Cache", 0, commit), (file.Source, file.BytesDownloaded, file.CommitHash));
        Assert.Equal(0, cache.Hub.Log.BytesSent());
    }

    [NpmFact]
    public async Task ItsSnapshotIsListedWithoutComplaint()
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = await FillAsync(cache);

        CachedRepo repo = Assert.Single(CacheScan.Repos(cache.Path, (_, _) => true, CancellationToken.None));

        Assert.Empty(repo.Problems);
        Assert.Equal(("org/name", "Model", 0), (repo.RepoId, repo.RepoType, repo.IncompleteFiles));
        Assert.Equal((3, Config.Size + Weights.Size + Deep.Size), (repo.FileCount, repo.Size));
        CachedRevision revision = Assert.Single(repo.Revisions);
        Assert.Equal((commit, 3), (revision.CommitHash, revision.FileCount));
        Assert.Equal(["main"], revision.Refs);
    }

    private async Task<string> FillAsync(TestCache cache)
    {
        string commit = cache.Hub.AddRepo("org/name").Commit("main", [Config, Weights, Deep]);
        await npm.DownloadAsync(cache.Hub.Endpoint, cache.Path, "model", "org/name", "main");
        cache.Hub.Log.Clear();
        return commit;
    }

    private static async Task<Recorder> AssertHitsAsync(TestCache cache, string revision, string commit, bool offline = false)
    {
        var recorder = new Recorder();
        IReadOnlyList<string> before = cache.Files();
        HubOptions options = cache.Options with { Offline = offline };

        IReadOnlyList<DownloadOutcome> outcomes =
            await cache.DownloadAsync(TestCache.Request("org/name", AllNames, revision), options, recorder);

        Assert.All(
            outcomes,
            outcome => Assert.Equal(("Cache", 0, commit), (outcome.File?.Source, outcome.File?.BytesDownloaded, outcome.File?.CommitHash)));
        Assert.Equal(before, cache.Files());
        return recorder;
    }
}
