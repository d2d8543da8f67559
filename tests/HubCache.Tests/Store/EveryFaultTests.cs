using FakeHub;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Store;

/// <summary>Every disk operation of a download fails once, at call 1, 2, 3 … until the download gets through without it.</summary>
public sealed class EveryFaultTests
{
    // A download that calls one operation more often than this has run wild.
    private const int MostCalls = 200;

    public static TheoryData<string, int> Cases()
        => FaultyDisk.Failures(DiskError.InputOutput, DiskError.NoSpace, DiskError.NotFound, DiskError.AccessDenied);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task LeavesNothingWrongBehind(string operation, int error)
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeRepo repo = cache.Hub.AddRepo("org/name");
        string oldCommit = repo.Commit("main", [FakeFile.FromText("old.txt", "old"), FakeFile.Generated("model.bin", 200_000)]);
        await cache.DownloadAsync(TestCache.Request("org/name", ["old.txt", "model.bin"]));
        string[] oldFiles = [.. cache.Files()];
        var file = FakeFile.Generated("sub/model.bin", 300_000, seed: 2);
        string newCommit = repo.Commit("main", [file]);

        FaultyDisk? disk = null;
        for (int number = 1; disk is not { HasFailed: false }; number++)
        {
            Assert.InRange(number, 1, MostCalls);
            string path = Path.Combine(cache.Root, $"{operation}-{number}");
            TestCache.Copy(cache.Path, path);
            disk = FaultyDisk.FailingAt(operation, number, (DiskError)error);

            await DownloadOnceAsync(cache, disk, path, file, $"{operation} {number} {(DiskError)error}");

            string refFile = await File.ReadAllTextAsync(Path.Combine(path, "models--org--name", "refs", "main"));
            Assert.Contains(refFile, (string[])[oldCommit, newCommit]);
            Assert.All(oldFiles, old => Assert.True(File.Exists(Path.Combine(path, old)), old));
            Directory.Delete(path, recursive: true);
        }
    }

    private static async Task DownloadOnceAsync(TestCache cache, FaultyDisk disk, string path, FakeFile file, string what)
    {
        using HubDownloader downloader = TestCache.Downloader(cache.Options with { CachePath = path }, disk);
        DownloadOutcome outcome = (await downloader.DownloadAsync(TestCache.Request("org/name", [file.Path]), new Recorder(), default))[0];

        CacheRules.AssertKept(path);
        if (outcome.Error is null)
        {
            Assert.Equal(file.ToArray(), await File.ReadAllBytesAsync(outcome.File!.FullName));
        }
        else
        {
            Assert.True(outcome.Error.Code == HubErrorCode.CacheWriteFailed, $"{what}: {outcome.Error}");
        }

        if (!what.StartsWith("Delete", StringComparison.Ordinal))
        {
            string[] left = [.. Directory.EnumerateFiles(path, "*.incomplete", SearchOption.AllDirectories)];
            Assert.True(left.Length == 0, $"{what} leaves {string.Join(", ", left)}");
        }

        // What failed once is no obstacle to the next call, which also clears away what could not be deleted.
        disk.Fault = null;
        outcome = (await downloader.DownloadAsync(TestCache.Request("org/name", [file.Path]), new Recorder(), default))[0];
        Assert.True(outcome.Error is null, $"after {what}: {outcome.Error}");
        Assert.Equal(file.ToArray(), await File.ReadAllBytesAsync(outcome.File!.FullName));
        Assert.Empty(Directory.EnumerateFiles(path, "*.incomplete", SearchOption.AllDirectories));
    }
}
