using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Interop;

/// <summary>The client from npm takes no lock and checks no hash: both fetch, and neither spoils the other's work.</summary>
[Collection(NpmGroup.Name)]
public sealed class TogetherWithNpmTests(NpmClient npm)
{
    [NpmFact]
    public async Task BothAtOnceLeaveOneGoodBlob()
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { BytesPerSecondPerConnection = 16_000_000 });
        var file = FakeFile.Generated("model.safetensors", 16_000_000);
        string commit = cache.Hub.AddRepo("org/name").Commit("main", [file]);

        Task<string[]> theirs = npm.DownloadAsync(cache.Hub.Endpoint, cache.Path, "model", "org/name", "main", file.Path);
        while (cache.Hub.Log.Count(origin: Origin.Storage, method: "GET") == 0 && !theirs.IsCompleted)
        {
            await Task.Delay(10);
        }

        DownloadOutcome ours = await cache.DownloadAsync("org/name", file.Path);
        string[] paths = await theirs;

        Assert.Null(ours.Error);
        Assert.Equal([ours.File!.FullName], paths);
        Assert.Equal(file.ToArray(), await File.ReadAllBytesAsync(ours.File.FullName));
        Assert.Equal($"../../blobs/{file.Etag}", new FileInfo(ours.File.FullName).LinkTarget);
        Assert.Equal(commit, ours.File.CommitHash);
        Assert.Empty(cache.Incomplete());
    }
}
