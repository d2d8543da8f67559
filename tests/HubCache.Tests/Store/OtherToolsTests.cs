using FakeHub;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Store;

/// <summary>Clean-up by others, in the worst moments.</summary>
public sealed class OtherToolsTests
{
    private const int Size = 10 << 20;

    [Fact]
    public async Task TempsThatAreDeletedThreeTimesDuringADownloadCostNoSecondTransfer()
    {
        await using TestCache cache = await StartAsync();
        int pruned = 0;
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call is { Operation: nameof(Disk.Write), Number: 5 or 15 } or { Operation: nameof(Disk.Flush), Number: 1 })
                {
                    pruned += DeleteTemps(cache);
                }
            },
        };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.Null(outcome.Error);
        Assert.Equal(1, pruned);
        Assert.Equal(Size, outcome.File!.BytesDownloaded);
        CacheRules.AssertKept(cache.Path);
        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task TempsThatAreDeletedBeforeThreeRenamesCostNoSecondTransfer()
    {
        await using TestCache cache = await StartAsync();
        int pruned = 0;
        var disk =
            new FaultyDisk { Before = call => pruned += call is { Operation: nameof(Disk.Rename), Number: <= 3 } ? DeleteTemps(cache) : 0 };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.Null(outcome.Error);
        Assert.Equal(3, pruned);
        Assert.Equal(Size, outcome.File!.BytesDownloaded);
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task AFolderThatCannotBeListedCostsNoDownload()
    {
        await using TestCache cache = await StartAsync();
        var disk = new FaultyDisk
        {
            Fault = call => call.Operation is nameof(Disk.List) or nameof(Disk.OpenLockFile) ? DiskError.InputOutput : null
        };

        Assert.Null((await DownloadAsync(cache, disk)).Error);
        CacheRules.AssertKept(cache.Path);
    }

    /// <summary>
    /// The open file still has the bytes of a temp that lost its name; whoever else had it open may have written into it.
    /// </summary>
    [Theory]
    [InlineData("appends", Size)]
    [InlineData("changes a byte", 2 * Size)]
    [InlineData("truncates", 2 * Size)]
    public async Task ACopyOfATempIsVerifiedBeforeItGetsTheName(string what, long downloaded)
    {
        await using TestCache cache = await StartAsync();
        bool isDone = false;
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call.Operation == nameof(Disk.Rename) && !isDone)
                {
                    isDone = true;
                    using (FileStream other = new(call.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
                    {
                        other.Position = what == "appends" ? other.Length : Size / 2;
                        other.WriteByte(0x5A);
                        other.SetLength(what == "truncates" ? Size / 2 : other.Length);
                    }

                    File.Delete(call.Path);
                }
            },
        };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.True(isDone);
        Assert.Null(outcome.Error);
        CacheRules.AssertKept(cache.Path);
        Assert.Equal(Size, new FileInfo(outcome.File!.BlobPath).Length);
        Assert.Equal(downloaded, outcome.File.BytesDownloaded);
        Assert.Empty(cache.Incomplete());
    }

    [Fact]
    public async Task TempsThatAreDeletedBeforeEveryRenameAreAnErrorInTheEnd()
    {
        await using TestCache cache = await StartAsync(1000);
        var disk = new FaultyDisk { Before = call => _ = call.Operation == nameof(Disk.Rename) ? DeleteTemps(cache) : 0 };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.Equal(HubErrorCode.CacheWriteFailed, outcome.Error!.Code);
        CacheRules.AssertNothingPublished(cache.Path);
    }

    [Theory]
    [InlineData(nameof(Disk.Flush))]
    [InlineData(nameof(Disk.Rename))]
    public async Task ATempThatIsReplacedIsNotPublished(string operation)
    {
        await using TestCache cache = await StartAsync(300_000);
        string? replaced = null;
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call.Operation == operation && replaced is null)
                {
                    replaced = call.Path;
                    File.Delete(call.Path);
                    File.WriteAllBytes(call.Path, new byte[300_000]);
                }
            },
        };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.NotNull(replaced);
        CacheRules.AssertKept(cache.Path);
        Assert.Null(outcome.Error);

        // Where it can be seen before the rename, nobody finds it under the final name even for a moment.
        Assert.Equal(
            operation == nameof(Disk.Rename), disk.Calls.Any(call => call.Operation == nameof(Disk.Rename) && call.Path == replaced));
        Assert.Equal(300_000, outcome.File!.BytesDownloaded);
        Assert.Empty(cache.Incomplete());
    }

    [Theory]
    [InlineData(nameof(Disk.Write), 3)]
    [InlineData(nameof(Disk.Flush), 1)]
    [InlineData(nameof(Disk.Rename), 1)]
    public async Task TheBlobsFolderIsMadeAgain(string operation, int number)
    {
        await using TestCache cache = await StartAsync();
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call.Operation == operation && call.Number == number)
                {
                    Directory.Delete(Path.Combine(cache.Path, "models--org--name", "blobs"), recursive: true);
                }
            },
        };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.Null(outcome.Error);
        Assert.Equal(Size, outcome.File!.BytesDownloaded);
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task AWholeRepoThatIsRemovedDuringTheTransferIsMadeAgain()
    {
        await using TestCache cache = await StartAsync();
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call is { Operation: nameof(Disk.Flush), Number: 1 })
                {
                    Directory.Delete(cache.Path, recursive: true);
                }
            },
        };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.Null(outcome.Error);
        CacheRules.AssertKept(cache.Path);
    }

    [Theory]
    [InlineData("snapshots")]
    [InlineData("blobs")]
    public async Task WhatIsPrunedBetweenLinkAndRefIsRedone(string folder)
    {
        await using TestCache cache = await StartAsync(300_000);
        int pruned = 0;
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                // Once there is a link, the ref's folder is looked at after the links were found and before the ref moves.
                string repo = Path.Combine(cache.Path, "models--org--name");
                if (call.Operation == nameof(Disk.LookThrough) && Path.GetFileName(call.Path) == "refs" && pruned == 0
                    && Directory.Exists(Path.Combine(repo, "snapshots"))
                    && Directory.EnumerateFiles(Path.Combine(repo, "snapshots"), "*", SearchOption.AllDirectories).Any())
                {
                    pruned++;
                    string victim = Path.Combine(repo, folder);
                    Directory.Delete(victim, recursive: true);
                    Directory.CreateDirectory(victim);
                }
            },
        };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.True(pruned > 0);
        Assert.Null(outcome.Error);
        Assert.True(File.Exists(outcome.File!.FullName));
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task ASnapshotThatIsPrunedJustBeforeItsLinkIsMadeAgain()
    {
        await using TestCache cache = await StartAsync(300_000);
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call is { Operation: nameof(Disk.CreateSymbolicLink), Number: 1 })
                {
                    Directory.Delete(Path.GetDirectoryName(call.Path)!);
                }
            },
        };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.Null(outcome.Error);
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task SomebodyWhoPrunesAllTheTimeIsNamedInTheEnd()
    {
        await using TestCache cache = await StartAsync(300_000);
        string snapshots = Path.Combine(cache.Path, "models--org--name", "snapshots");
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call.Operation == nameof(Disk.LookThrough)
                    && call.Path.EndsWith("/model.bin", StringComparison.Ordinal)
                    && File.Exists(call.Path))
                {
                    Directory.Delete(snapshots, recursive: true);
                }
            },
        };

        DownloadOutcome outcome = await DownloadAsync(cache, disk);

        Assert.Equal(HubErrorCode.CacheWriteFailed, outcome.Error!.Code);
        Assert.False(File.Exists(Path.Combine(cache.Path, "models--org--name", "refs", "main")));
    }

    [Fact]
    public async Task WithoutRoomForASecondCopyTheOneWhoIsAtWorkIsWaitedFor()
    {
        await using TestCache cache = await StartAsync();
        FakeFile file = cache.Hub.FindRepo("org/name")!.FindFile("main", "model.bin")!;
        string blobs = Directory.CreateDirectory(Path.Combine(cache.Path, "models--org--name", "blobs")).FullName;
        var neighbour =
            new HubCache.Ownership.IncompleteName(file.Etag, 0x7ff_ffff_ffff, ProcessIdentity.Current with { Pid = 1, Start = 0 }, 0x0123);
        string temp = Path.Combine(blobs, neighbour.ToString());
        await File.WriteAllBytesAsync(temp, file.Read(0, 1000));
        var disk = new FaultyDisk { Fault = call => call.Operation == nameof(Disk.Reserve) ? DiskError.NoSpace : null };

        Task<DownloadOutcome> download = DownloadAsync(cache, disk);
        Assert.True(SpinWait.SpinUntil(
            () => disk.Calls.Any(call => call.Operation == nameof(Disk.Reserve)) && cache.Incomplete().Count == 1,
            TimeSpan.FromSeconds(30)));
        await File.WriteAllBytesAsync(temp, file.ToArray());
        File.Move(temp, Path.Combine(blobs, file.Etag));

        Assert.Equal("Cache", (await download).File?.Source);
    }

    [Fact]
    public async Task ARefThatSomebodyElseMovedMeanwhileIsLeftAlone()
    {
        await using TestCache cache = await StartAsync(300_000);
        string other = new('b', 40);
        string refFile = Path.Combine(cache.Path, "models--org--name", "refs", "main");
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call is { Operation: nameof(Disk.Flush), Number: 1 })
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(refFile)!);
                    File.WriteAllText(refFile, other);
                }
            },
        };

        Assert.Null((await DownloadAsync(cache, disk)).Error);
        Assert.Equal(other, await File.ReadAllTextAsync(refFile));
    }

    [Fact]
    public async Task DeadTempsGoAfterADownloadAndOnAHit()
    {
        await using TestCache cache = await StartAsync(300_000);
        string etag = cache.Hub.FindRepo("org/name")!.FindFile("main", "model.bin")!.Etag;
        string blobs = Directory.CreateDirectory(Path.Combine(cache.Path, "models--org--name", "blobs")).FullName;
        var gone = new HubCache.Ownership.IncompleteName(etag, 1, ProcessIdentity.Current with { Pid = 4_194_304 }, 0x0123);
        var running = new HubCache.Ownership.IncompleteName(etag, 1, ProcessIdentity.Current with { Pid = 1, Start = 0 }, 0x0124);
        string[] dead = [gone.ToString(), $"{etag}.free-12345678.incomplete", $"ref{gone.ToString()[64..]}"];
        string[] alive =
            [running.ToString(), $"{etag}.incomplete", $"{etag}.0123abcd.incomplete", $"{new string('c', 64)}.free-12345678.incomplete"];

        foreach (string source in (string[])["Downloaded", "Cache"])
        {
            Array.ForEach([.. dead, .. alive], name => File.WriteAllText(Path.Combine(blobs, name), "x"));
            foreach (string name in alive)
            {
                // A fresh one of another client would be waited for.
                File.SetLastWriteTimeUtc(Path.Combine(blobs, name), DateTime.UtcNow.AddHours(-1));
            }

            Assert.Equal(source, (await cache.DownloadAsync("org/name", "model.bin")).File!.Source);
            Assert.Equal(alive.Order(StringComparer.Ordinal), cache.Incomplete().Select(Path.GetFileName));
        }
    }

    private static int DeleteTemps(TestCache cache)
    {
        int count = 0;
        foreach (string name in cache.Incomplete())
        {
            File.Delete(Path.Combine(cache.Path, name));
            count++;
        }

        return count;
    }

    private static async Task<TestCache> StartAsync(int size = Size)
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", size)]);

        // Written by a rename of its own, which would count among those of the download.
        CacheTag.Ensure(Disk.OfThisSystem, Directory.CreateDirectory(cache.Path).FullName);
        return cache;
    }

    private static async Task<DownloadOutcome> DownloadAsync(TestCache cache, Disk disk)
    {
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);
        return (await downloader.DownloadAsync(TestCache.Request("org/name", ["model.bin"]), new Recorder(), default))[0];
    }
}
