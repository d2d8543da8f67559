using FakeHub;
using HubCache.Tests.Maintenance;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Download;

/// <summary>Another client's clean-up takes the whole repo at the worst moment of a download.</summary>
public sealed class CleanUpTests
{
    [Theory]
    [InlineData("symlink", "config.json")]
    [InlineData("fsync", "blobs")]
    [InlineData("fsync", "refs")]
    public async Task ARepoThatIsRemovedInBetweenIsMadeAgain(string operation, string name)
    {
        await using TestCache cache = await TestCache.StartAsync();
        var file = FakeFile.FromText("config.json", "{}");
        FakeRepo hub = cache.Hub.AddRepo("org/name");
        hub.Commit("main", [FakeFile.FromText("config.json", "{ \"old\": 1 }")]);
        await cache.DownloadAsync("org/name", file.Path);
        string commit = hub.Commit("main", [file]);
        string repo = Path.Combine(cache.Path, "models--org--name");
        bool isDone = false;
        var disk = new DiskWithFaults
        {
            Fault = (called, path) =>
            {
                if (!isDone && called == operation && Path.GetFileName(path) == name && Directory.Exists(repo))
                {
                    isDone = true;
                    Directory.Delete(repo, recursive: true);
                }

                return null;
            },
        };

        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);
        DownloadOutcome outcome = (await downloader.DownloadAsync(TestCache.Request("org/name", [file.Path]), new Recorder(), default))[0];

        Assert.True(isDone);
        Assert.Null(outcome.Error);
        Assert.Equal(file.ToArray(), await File.ReadAllBytesAsync(outcome.File!.FullName));
        Assert.Equal(commit, await File.ReadAllTextAsync(Path.Combine(repo, "refs", "main")));
        Assert.Empty(cache.Incomplete());
    }
}
