using FakeHub;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Store;

/// <summary>Snapshots without symbolic links: their names are hard links or copies, which tell no hash.</summary>
public sealed class CopyTests
{
    private const string Repo = "org/name";
    private const string Name = "model.bin";
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 200_000).Select(number => (byte)(number * 7))];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ASpoiltCopyAtAPinnedCommitIsNoHit(bool isLinked)
    {
        await using TestCache cache = await StartAsync();
        CachedFile saved = await SaveAsync(cache, isLinked);
        Spoil(saved.FullName, isLinked);
        cache.Hub.Log.Clear();

        DownloadOutcome again = await cache.DownloadAsync(Repo, Name, saved.CommitHash, Without(cache));

        Assert.Null(again.Error);
        Assert.NotEqual("Cache", again.File!.Source);
        Assert.Equal(Bytes, await File.ReadAllBytesAsync(again.File.FullName));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ARightCopyIsAHitThatWasHashedAndCostsNoRequest(bool isLinked)
    {
        await using TestCache cache = await StartAsync();
        CachedFile saved = await SaveAsync(cache, isLinked);
        cache.Hub.Log.Clear();

        DownloadOutcome again = await cache.DownloadAsync(Repo, Name, saved.CommitHash, Without(cache));

        Assert.Null(again.Error);
        Assert.Equal(("Cache", "Sha256", saved.ETag), (again.File!.Source, again.File.Verification, again.File.ETag));
        Assert.Empty(cache.Hub.Log.Entries);
    }

    [Fact]
    public async Task ACopyOfAnotherClientIsHashedByWhatTheHubSays()
    {
        // The Python client moves the blob into the snapshot where it can make no links: nothing is left that tells the hash.
        await using TestCache cache = await StartAsync();
        CachedFile saved = await SaveAsync(cache, isLinked: true);
        File.Delete(saved.BlobPath == saved.FullName ? BlobOf(cache, saved) : saved.BlobPath);
        Spoil(saved.FullName, isLinked: false);

        DownloadOutcome again = await cache.DownloadAsync(Repo, Name, saved.CommitHash, Without(cache));

        Assert.Null(again.Error);
        Assert.NotEqual("Cache", again.File!.Source);
        Assert.Equal(Bytes, await File.ReadAllBytesAsync(again.File.FullName));
    }

    [Fact]
    public async Task ASecondLockedRequestOfCopiesIsAnsweredFromTheCache()
    {
        await using TestCache cache = await StartAsync();
        CachedFile saved = await SaveAsync(cache, isLinked: true);
        var locked = new DownloadRequest
        {
            RepoId = RepoId.Parse(Repo),
            Files = [HubFileName.Parse(Name)],
            Revision = Revision.Parse(saved.CommitHash),
            Commit = CommitHash.TryParse(saved.CommitHash),
            Locked = [new LockedFile(HubFileName.Parse(Name), saved.Length, ETag.TryParse(saved.ETag)!)],
        };

        for (int run = 0; run < 2; run++)
        {
            DownloadOutcome outcome = Assert.Single(await cache.DownloadAsync(locked, Without(cache)));
            Assert.Null(outcome.Error);
            Assert.Equal(("Cache", "Sha256"), (outcome.File!.Source, outcome.File.Verification));
        }
    }

    [Fact]
    public async Task MoreNamesThanTheFileSystemGivesAFileAreCopies()
    {
        await using TestCache cache = await StartAsync();
        var disk = FaultyDisk.FailingAt(call => call.Operation == nameof(Disk.CreateHardLink), DiskError.TooManyLinks);
        using HubDownloader downloader = TestCache.Downloader(Without(cache), disk);

        DownloadOutcome outcome =
            Assert.Single(await downloader.DownloadAsync(TestCache.Request(Repo, [Name]), new Recorder(), CancellationToken.None));

        Assert.Null(outcome.Error);
        Assert.True(disk.HasFailed);
        Assert.Equal(Bytes, await File.ReadAllBytesAsync(outcome.File!.FullName));
    }

    private static async Task<TestCache> StartAsync()
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo(Repo).Commit("main", [FakeFile.FromBytes(Name, Bytes, lfs: true)]);
        return cache;
    }

    private static HubOptions Without(TestCache cache) => cache.Options with { WithoutSymbolicLinks = true };

    private static async Task<CachedFile> SaveAsync(TestCache cache, bool isLinked)
    {
        CachedFile saved = (await cache.DownloadAsync(Repo, Name, options: Without(cache))).File!;
        if (!isLinked)
        {
            byte[] bytes = await File.ReadAllBytesAsync(saved.FullName);
            File.Delete(saved.FullName);
            await File.WriteAllBytesAsync(saved.FullName, bytes);
        }

        return saved;
    }

    private static void Spoil(string path, bool isLinked)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[7] ^= 1;
        if (!isLinked)
        {
            // The blob itself stays as it is.
            File.Delete(path);
        }

        File.WriteAllBytes(path, bytes);
    }

    private static string BlobOf(TestCache cache, CachedFile saved) => Path.Combine(cache.Path, "models--org--name", "blobs", saved.ETag!);
}
