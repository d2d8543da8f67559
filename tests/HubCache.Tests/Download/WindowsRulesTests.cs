using FakeHub;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Download;

/// <summary>Downloads on a disk whose answers are those of Windows.</summary>
public sealed class WindowsRulesTests
{
    private const string Repo = "org/name";

    [Fact]
    public async Task OurOwnLockDeniesNoneOfOurWrites()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo(Repo).Commit("main", [FakeFile.Generated("model.bin", 3_000_000)]);
        var disk = new WindowsLikeDisk();
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);

        DownloadOutcome outcome =
            Assert.Single(await downloader.DownloadAsync(TestCache.Request(Repo, ["model.bin"]), new Recorder(), CancellationToken.None));

        Assert.Null(outcome.Error);
        Assert.Equal(3_000_000, outcome.File!.Length);
        Assert.Empty(disk.Denied);
    }

    [Fact]
    public void ATempCanBeWrittenAndAProbeStillSeesItsLock()
    {
        string folder = Directory.CreateTempSubdirectory("hubcache-").FullName;
        try
        {
            var disk = new WindowsLikeDisk();
            using Temp temp = Temp.Create(disk, folder, "probe");
            temp.Append("text"u8);
            using (var probe = disk.OpenForReading(temp.Path, followLink: false))
            {
                Assert.Equal(LockAnswer.Refused, disk.TryLock(probe, exclusive: true, LockedPart.BeyondAnyLength));
            }

            temp.Append("more"u8);
            Assert.Equal(8, temp.Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void NoFileReachesTheByteThatTempsAreLockedAt()
    {
        // A file of NTFS has 8 PB at most, one of ReFS 35 PB; more than 2^63 is negative to those who read the offset signed.
        Assert.InRange(LockedParts.BeyondAnyLength, 1L << 60, long.MaxValue);
    }
}
