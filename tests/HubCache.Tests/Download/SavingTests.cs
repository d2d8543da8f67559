using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Download;

/// <summary>The main job, with nothing going wrong.</summary>
public sealed class SavingTests
{
    [Theory]
    [InlineData(false, 5_000)]
    [InlineData(true, 3_000_000)]
    [InlineData(true, 20_000_000)]
    [InlineData(false, 0)]
    public async Task AFileIsVerifiedPublishedLinkedAndItsRefMoved(bool lfs, long size)
    {
        await using TestCache cache = await TestCache.StartAsync();
        var file = FakeFile.Generated("sub/model.bin", size, lfs: lfs);
        string commit = cache.Hub.AddRepo("org/name").Commit("main", [file]);

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "sub/model.bin");

        Assert.Null(outcome.Error);
        CachedFile saved = outcome.File!;
        string repo = Path.Combine(cache.Path, "models--org--name");
        Assert.Equal(file.ToArray(), await File.ReadAllBytesAsync(saved.FullName));
        Assert.Equal(Path.Combine(repo, "snapshots", commit, "sub", "model.bin"), saved.FullName);
        Assert.Equal($"../../../blobs/{file.Etag}", new FileInfo(saved.FullName).LinkTarget);
        Assert.Equal(Path.Combine(repo, "blobs", file.Etag), saved.BlobPath);
        Assert.Equal(commit, await File.ReadAllTextAsync(Path.Combine(repo, "refs", "main")));
        Assert.Equal("Downloaded", saved.Source);
        Assert.Equal(lfs ? "Sha256" : "GitSha1", saved.Verification);
        Assert.Equal(size, saved.BytesDownloaded);
        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task ASecondCallIsAHitThatWritesNothing()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", 20_000_000)]);
        await cache.DownloadAsync("org/name", "model.bin");
        cache.Hub.Log.Clear();

        CachedFile hit = (await cache.DownloadAsync("org/name", "model.bin")).File!;

        Assert.Equal("Cache", hit.Source);
        Assert.Equal(0, hit.BytesDownloaded);
        Assert.Equal(0, cache.Hub.Log.BytesSent());
    }

    [Fact]
    public async Task ACommitThatIsGivenMovesNoRef()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeRepo repo = cache.Hub.AddRepo("org/name");
        string old = repo.Commit("main", [FakeFile.FromText("config.json", "1")]);
        string present = repo.Commit("main", [FakeFile.FromText("config.json", "2")]);
        await cache.DownloadAsync("org/name", "config.json");
        DownloadRequest plain = TestCache.Request("org/name", ["config.json"]);

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(
            new DownloadRequest
            {
                RepoId = plain.RepoId,
                Files = plain.Files,
                Revision = plain.Revision,
                Commit = CommitHash.TryParse(old)
            });

        Assert.Equal(old, outcomes[0].File!.CommitHash);
        Assert.Equal(present, await File.ReadAllTextAsync(Path.Combine(cache.Path, "models--org--name", "refs", "main")));
    }

    [Fact]
    public async Task AFileThatTheCommitDoesNotHaveHoldsTheRefBackAndNotTheOthers()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("config.json", "{}")]);

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(TestCache.Request("org/name", ["missing.json", "config.json"]));

        Assert.Equal([HubErrorCode.HubFileNotFound, null], outcomes.Select(outcome => outcome.Error?.Code));
        Assert.False(File.Exists(Path.Combine(cache.Path, "models--org--name", "refs", "main")));
    }

    [Fact]
    public async Task AFileThatFailedHoldsTheRefBack()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("config.json", "{}"), FakeFile.Generated("model.bin", 100_000)]);
        cache.Hub.Faults.Add(Fault.FlipBit(5) with { PathContains = "model.bin", Times = -1 });

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(TestCache.Request("org/name", ["config.json", "model.bin"]));

        Assert.Equal([null, HubErrorCode.HashMismatch], outcomes.Select(outcome => outcome.Error?.Code));
        Assert.False(File.Exists(Path.Combine(cache.Path, "models--org--name", "refs", "main")));
    }
}
