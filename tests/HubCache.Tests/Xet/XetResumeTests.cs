using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Xet;

/// <summary>A temp that one way began and the other goes on with.</summary>
public sealed class XetResumeTests
{
    private const int MB = 1 << 20;
    private const int Length = 40 * MB;

    [Theory]
    [InlineData(Transport.Xet, Transport.Xet)]
    [InlineData(Transport.Xet, Transport.Http)]
    [InlineData(Transport.Http, Transport.Xet)]
    public async Task GoesOnWithWhatIsThere(Transport first, Transport second)
    {
        await using XetHub hub = await XetHub.StartAsync(new FakeHubOptions { TotalBytesPerSecond = 30 * MB });
        byte[] bytes = hub.Add(XetHub.Noise(Length), XetMaker.File("file", XetHub.Noise(Length), 16 * MB));
        using var stop = new CancellationTokenSource();
        using (HubDownloader downloader = hub.Downloader(hub.Options with { Transport = first }))
        {
            Task running = downloader.DownloadAsync(TestCache.Request(XetHub.Repo, [XetHub.Name]), hub.Recorder, stop.Token);
            await Until.TrueAsync(
                () => running.IsCompleted || hub.Recorder.Progress.Any(progress => progress.BytesDone > Length * 6L / 10));
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        }

        long left = new FileInfo(Path.Combine(hub.Cache.Path, Assert.Single(hub.Cache.Incomplete()))).Length;
        hub.Hub.ForgetRequests();
        CachedFile file = await hub.AssertDownloadsAsync(bytes, hub.Options with { Transport = second });
        Assert.Equal("Resumed", file.Source);
        Assert.InRange(file.BytesDownloaded, Length - left, Length - left + MB);
    }

    [Fact]
    public async Task GoesOnAfterKills()
    {
        await using XetHub hub = await XetHub.StartAsync(new FakeHubOptions { TotalBytesPerSecond = 30 * MB });
        byte[] bytes = hub.Add(XetHub.Noise(Length), XetMaker.File("file", XetHub.Noise(Length), 16 * MB));
        var random = new Random(5);
        for (int round = 0; round < 3; round++)
        {
            hub.Hub.ForgetRequests();
            using var worker = WorkerProcess.Download(hub.Cache, XetHub.Repo, XetHub.Name);
            int share = random.Next(50, 70);
            await Until.TrueAsync(() => hub.FetchedFromXorbs > (long)Length * share / 100);
            worker.Kill();
            await worker.ExitAsync();
            long left = new FileInfo(Path.Combine(hub.Cache.Path, Assert.Single(hub.Cache.Incomplete()))).Length;

            // One connection: of several, one that a busy machine holds up would be asked for a second time.
            CachedFile file = await hub.AssertDownloadsAsync(bytes, hub.Options with { ConnectionsPerFile = 1 });
            Assert.Equal("Resumed", file.Source);
            Assert.True(
                file.BytesDownloaded >= Length - left && file.BytesDownloaded <= Length - left + MB,
                $"{file.BytesDownloaded} of {Length - left}\n{hub.Story}");
            Directory.Delete(hub.Cache.Path, recursive: true);
        }
    }
}
