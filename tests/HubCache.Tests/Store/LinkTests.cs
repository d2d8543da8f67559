using FakeHub;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Store;

/// <summary>Names in a snapshot where symbolic links are not to be had, and the modes of all that is made.</summary>
public sealed class LinkTests
{
    [Theory]
    [InlineData(DiskError.NotSupported)]
    [InlineData(DiskError.AccessDenied)]
    internal async Task WithoutSymbolicLinksTheNameIsAHardLink(DiskError error)
    {
        await using TestCache cache = await StartAsync();
        var disk = new FaultyDisk { Fault = call => call.Operation == nameof(Disk.CreateSymbolicLink) ? error : null };

        CachedFile saved = await SaveAsync(cache, disk, "Downloaded");

        Assert.Equal(Identity(saved.BlobPath), Identity(saved.FullName));
        Assert.Empty(cache.Incomplete());
        Assert.Equal("Cache", (await SaveAsync(cache, disk, "Cache")).Source);
    }

    [Fact]
    public async Task WithoutHardLinksEitherItIsACopy()
    {
        await using TestCache cache = await StartAsync();
        var disk = new FaultyDisk
        {
            Fault = call => call.Operation is nameof(Disk.CreateSymbolicLink) or nameof(Disk.CreateHardLink) ? DiskError.NotSupported : null
        };

        CachedFile saved = await SaveAsync(cache, disk, "Downloaded");

        Assert.NotEqual(Identity(Blob(cache)), Identity(saved.FullName));
        Assert.Equal(await File.ReadAllBytesAsync(Blob(cache)), await File.ReadAllBytesAsync(saved.FullName));
        Assert.Empty(cache.Incomplete());
        await SaveAsync(cache, disk, "Cache");
    }

    [Fact]
    public async Task TheOptionAsksForNoSymbolicLinks()
    {
        await using TestCache cache = await StartAsync();

        CachedFile saved =
            (await cache.DownloadAsync("org/name", "sub/model.bin", options: cache.Options with { WithoutSymbolicLinks = true })).File!;

        Assert.Null(new FileInfo(saved.FullName).LinkTarget);
        Assert.Equal("Cache", (await cache.DownloadAsync("org/name", "sub/model.bin")).File!.Source);
    }

    [Fact]
    public async Task ACopyOfTheWrongLengthIsReplaced()
    {
        await using TestCache cache = await StartAsync();
        HubOptions options = cache.Options with { WithoutSymbolicLinks = true };
        CachedFile saved = (await cache.DownloadAsync("org/name", "sub/model.bin", options: options)).File!;
        File.Delete(saved.FullName);
        await File.WriteAllTextAsync(saved.FullName, "short");

        CachedFile again = (await cache.DownloadAsync("org/name", "sub/model.bin", options: options)).File!;

        Assert.Equal(5000, new FileInfo(again.FullName).Length);
    }

    [Fact]
    public async Task ModesFollowTheUmaskAndTheFoldersGroup()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            return;
        }

        await using TestCache cache = await StartAsync();
        Directory.CreateDirectory(cache.Path, UnixFileMode.SetGroup | (UnixFileMode)0b111_111_101);
        File.SetUnixFileMode(cache.Path, UnixFileMode.SetGroup | (UnixFileMode)0b111_111_101);
        using (var chgrp = System.Diagnostics.Process.Start("chgrp", ["12345", cache.Path]))
        {
            await chgrp.WaitForExitAsync();
        }

        using var worker = WorkerProcess.Start(
            ["sh", "-c", "umask 002; exec \"$@\"", "sh"], null, [cache.Hub.Endpoint.AbsoluteUri, cache.Path, "org/name", "sub/model.bin"]);
        Assert.Equal("Downloaded", (await worker.ResultAsync())["Source"]);

        var groups = new List<string>();
        foreach (FileSystemInfo entry in new DirectoryInfo(cache.Path)
            .EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .Where(entry => entry.LinkTarget is null))
        {
            int expected = entry is DirectoryInfo ? 0b010_111_111_101 : 0b110_110_100;
            Assert.True((int)entry.UnixFileMode == expected, $"{entry.FullName}: {entry.UnixFileMode}");
            groups.Add(entry.FullName);
        }

        Assert.NotEmpty(groups);
        using var stat = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%g", .. groups]) { RedirectStandardOutput = true })!;
        Assert.All(
            (await stat.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries),
            group => Assert.Equal("12345", group));
    }

    private static FileIdentity Identity(string path) => Disk.OfThisSystem.Look(path)!.Value.Identity;

    private static string Blob(TestCache cache)
    {
        return Path.Combine(
            cache.Path, "models--org--name", "blobs", cache.Hub.FindRepo("org/name")!.FindFile("main", "sub/model.bin")!.Etag);
    }

    private static async Task<TestCache> StartAsync()
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("sub/model.bin", 5000)]);
        return cache;
    }

    private static async Task<CachedFile> SaveAsync(TestCache cache, Disk disk, string source)
    {
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);
        DownloadOutcome outcome =
            (await downloader.DownloadAsync(TestCache.Request("org/name", ["sub/model.bin"]), new Recorder(), default))[0];
        Assert.Equal(source, outcome.File?.Source ?? outcome.Error!.Message);
        return outcome.File!;
    }
}
