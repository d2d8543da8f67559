using FakeHub;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace HubCache.Tests.Store;

/// <summary>The lock file of the other clients.</summary>
public sealed class ClientLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hubcache-").FullName;

    private string LockFile => Path.Combine(_folder, ".locks", "models--org--name", "etag.lock");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ItIsMadeForTheGroupToWriteAndNeverDeleted()
    {
        (ClientLock? held, LockAnswer answer) = ClientLock.Ask(Disk.OfThisSystem, LockFile);
        held!.Dispose();

        Assert.Equal(LockAnswer.Granted, answer);
        Assert.True(File.Exists(LockFile));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(0b110_110_100, (int)File.GetUnixFileMode(LockFile));
        }
    }

    [Fact]
    public void WhatIsInItStays()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(LockFile)!);
        File.WriteAllText(LockFile, "pid 7");

        ClientLock.Ask(Disk.OfThisSystem, LockFile).Held!.Dispose();

        Assert.Equal("pid 7", File.ReadAllText(LockFile));
    }

    [Fact]
    public void SomebodyElsesLockIsNotWaitedFor()
    {
        using ClientLock first = ClientLock.Ask(Disk.OfThisSystem, LockFile).Held!;

        Assert.Equal((null, LockAnswer.Refused), ClientLock.Ask(Disk.OfThisSystem, LockFile));
    }

    [Fact]
    public void ALockOnAFileThatLostItsNameDoesNotCount()
    {
        int opened = 0;
        var disk = new FaultyDisk();
        disk.Before = call =>
        {
            // Between the lock and the comparison, its earlier holder unlinks the file.
            if (call.Operation == nameof(Disk.Look) && call.Path == LockFile && opened++ == 0)
            {
                File.Delete(LockFile);
            }
        };

        using ClientLock held = ClientLock.Ask(disk, LockFile).Held!;

        Assert.Equal(2, disk.Calls.Count(call => call.Operation == nameof(Disk.OpenLockFile)));
        Assert.Equal(LockAnswer.Refused, ClientLock.Ask(Disk.OfThisSystem, LockFile).Answer);
    }

    [Fact]
    public void ALinkInItsPlaceIsNotFollowed()
    {
        string victim = Path.Combine(_folder, "victim");
        Directory.CreateDirectory(Path.GetDirectoryName(LockFile)!);
        File.CreateSymbolicLink(LockFile, victim);

        Assert.Equal((null, LockAnswer.Unsupported), ClientLock.Ask(Disk.OfThisSystem, LockFile));
        Assert.False(File.Exists(victim));
    }

    [Fact]
    public async Task AnotherClientThatHoldsItAndIsAtWorkIsWaitedFor()
    {
        await using TestCache cache = await TestCache.StartAsync();
        var file = FakeFile.Generated("model.bin", 9 << 20);
        cache.Hub.AddRepo("org/name").Commit("main", [file]);
        string blobs = Directory.CreateDirectory(Path.Combine(cache.Path, "models--org--name", "blobs")).FullName;
        string temp = Path.Combine(blobs, file.Etag + ".0123abcd.incomplete");
        string lockFile = Path.Combine(cache.Path, ".locks", "models--org--name", file.Etag + ".lock");
        using (ClientLock held = ClientLock.Ask(Disk.OfThisSystem, lockFile).Held!)
        {
            await File.WriteAllBytesAsync(temp, file.Read(0, 1000));
            var recorder = new Recorder();
            Task<DownloadOutcome> download = cache.DownloadAsync("org/name", "model.bin", recorder: recorder);
            for (int tries = 0; tries < 200 && !recorder.Notes.Any(note => note.Contains("waiting", StringComparison.Ordinal)); tries++)
            {
                await Task.Delay(50);
            }

            await File.WriteAllBytesAsync(temp, file.ToArray());
            File.Move(temp, Path.Combine(blobs, file.Etag));

            Assert.Equal("Cache", (await download).File!.Source);
        }

        Assert.True(File.Exists(lockFile));

        // Nothing was read before the contest was settled: this is what the buffers of both sockets hold.
        Assert.InRange(cache.Hub.Log.BytesSent(), 0, 5 << 20);
    }

    [Fact]
    public async Task AHolderWhoShowsNothingIsNotWaitedForLong()
    {
        await using TestCache cache = await TestCache.StartAsync();
        var file = FakeFile.Generated("model.bin", 9 << 20);
        cache.Hub.AddRepo("org/name").Commit("main", [file]);
        using ClientLock held =
            ClientLock.Ask(Disk.OfThisSystem, Path.Combine(cache.Path, ".locks", "models--org--name", file.Etag + ".lock")).Held!;

        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin").WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal("Downloaded", outcome.File!.Source);
    }

    [Fact]
    public async Task ADownloadKeepsTheOthersOutWhileItRuns()
    {
        await using TestCache cache = await TestCache.StartAsync();
        var file = FakeFile.Generated("model.bin", 9 << 20);
        cache.Hub.AddRepo("org/name").Commit("main", [file]);
        string lockFile = Path.Combine(cache.Path, ".locks", "models--org--name", file.Etag + ".lock");
        var answers = new List<LockAnswer>();
        var disk = new FaultyDisk();
        disk.Before = call =>
        {
            if (call.Operation == nameof(Disk.Rename) && call.Target!.EndsWith(file.Etag, StringComparison.Ordinal))
            {
                using SafeFileHandle handle = Disk.OfThisSystem.OpenLockFile(lockFile);
                answers.Add(Disk.OfThisSystem.TryLock(handle, exclusive: true, LockedPart.FirstByte));
            }
        };
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);

        await downloader.DownloadAsync(TestCache.Request("org/name", ["model.bin"]), new Recorder(), default);

        Assert.Equal([LockAnswer.Refused], answers);
        ClientLock.Ask(Disk.OfThisSystem, lockFile).Held!.Dispose();
    }
}
