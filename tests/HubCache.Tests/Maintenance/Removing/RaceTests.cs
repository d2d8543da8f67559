using System.Collections.Concurrent;
using System.Globalization;
using FakeHub;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Maintenance.Removing;

/// <summary>Downloads and removals of the same repos at the same time.</summary>
public sealed class RaceTests
{
    // A minute by hand: HUBCACHE_RACE_SECONDS=60.
    private static readonly TimeSpan Length =
        TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("HUBCACHE_RACE_SECONDS") ?? "6", CultureInfo.InvariantCulture));

    private static readonly string[] Repos = ["org/one", "org/two"];

    [Fact]
    public async Task EveryReturnedPathIsRightWhenItIsReturned()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeFile[] files = [FakeFile.FromText("config.json", "{}"), FakeFile.Generated("sub/model.bin", 200_000)];
        string[] commits = [.. Repos.Select(repo => cache.Hub.AddRepo(repo).Commit("main", files))];
        using var stop = new CancellationTokenSource(Length);
        (int returned, int failed, int removed, ConcurrentQueue<string> wrong) = (0, 0, 0, new());

        async Task DownloadAsync(int number)
        {
            var random = new Random(number);
            while (!stop.IsCancellationRequested)
            {
                using (HubDownloader downloader = cache.Downloader())
                {
                    string revision = number % 4 == 3 ? commits[number % 2] : "main";
                    DownloadRequest request = TestCache.Request(Repos[number % 2], files.Select(file => file.Path), revision);
                    foreach (DownloadOutcome outcome in await downloader.DownloadAsync(request, new Recorder(), default))
                    {
                        if (outcome.Error is HubCacheException error)
                        {
                            Interlocked.Increment(ref failed);
                            Assert.Equal(HubErrorCode.CacheWriteFailed, error.Code);
                        }
                        else if (IsRight(outcome.File!.FullName, files.Single(file => file.Path == outcome.File.FileName)))
                        {
                            Interlocked.Increment(ref returned);
                        }
                        else
                        {
                            wrong.Enqueue(outcome.File.FullName);
                        }
                    }
                }

                await Task.Delay(random.Next(0, 2500));
            }
        }

        async Task RemoveAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                var remover = new CacheRemover(cache.Path, Disk.OfThisSystem, TimeSpan.FromMilliseconds(500));
                RemovalPlan plan = remover.Plan(new RemovalRequest { Selections = [RemovalCache.Of("*")] }, default);
                await remover.RemoveAsync(plan.Steps, item => removed += item.Kind == "Repo" ? 1 : 0, _ => { }, default);
                await Task.Delay(5);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(() => DownloadAsync(number))).Append(Task.Run(RemoveAsync)));

        Assert.Empty(wrong);
        Assert.True(removed > 0 && returned > 0, $"{removed} removals got through, {returned} files were returned");
        Assert.Equal(0, failed);
        CacheRules.AssertKept(cache.Path);
        string said = string.Create(CultureInfo.InvariantCulture, $"{returned} files right, {failed} failed, {removed} removals");
        if (Environment.GetEnvironmentVariable("HUBCACHE_RACE_SECONDS") is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(Path.GetTempPath(), "hubcache-race.txt"), said);
        }
    }

    /// <summary>
    /// The last look finds the file; the removal begins right then. Without the mark of the download it would be gone before it is
    /// returned.
    /// </summary>
    [Fact]
    public async Task ARemovalThatBeginsAfterTheLastLookFindsTheDownloadAtWork()
    {
        await using TestCache cache = await TestCache.StartAsync();
        var file = FakeFile.Generated("model.bin", 100_000);
        cache.Hub.AddRepo("org/name").Commit("main", [file]);
        RemovedItem[] items = [];
        using HubDownloader downloader = cache.Downloader();

        DownloadOutcome outcome = (await downloader.DownloadAsync(TestCache.Request("org/name", [file.Path]), new Recorder(), default))[0];
        items = await RemoveAllAsync(cache);

        Assert.Equal(file.ToArray(), await File.ReadAllBytesAsync(outcome.File!.FullName));
        Assert.All(items, item => Assert.Equal("Kept", item.Kind));
        downloader.Dispose();
        Assert.Equal("Repo", Assert.Single(await RemoveAllAsync(cache)).Kind);
    }

    [Fact]
    public async Task ADownloadThatBeginsDuringARemovalWaitsForItsEnd()
    {
        await using TestCache cache = await TestCache.StartAsync();
        var file = FakeFile.Generated("model.bin", 100_000);
        cache.Hub.AddRepo("org/name").Commit("main", [file]);
        Assert.Null((await cache.DownloadAsync("org/name", file.Path)).Error);
        var folder = new RepoPaths(cache.Path, RepoType.Model, RepoId.Parse("org/name"));
        RepoMark removal = RepoMark.ForRemoval(Disk.OfThisSystem, folder);

        Task<DownloadOutcome> download = Task.Run(() => cache.DownloadAsync("org/name", file.Path));
        await Until.TrueAsync(() => Directory.GetFiles(folder.Locks, "*.use").Length > 0);
        await Task.Delay(200);
        Assert.False(download.IsCompleted);
        Directory.Delete(folder.FullName, recursive: true);
        removal.Dispose();

        DownloadOutcome outcome = await download;
        Assert.Null(outcome.Error);
        Assert.Equal(file.ToArray(), await File.ReadAllBytesAsync(outcome.File!.FullName));
        Assert.Empty(Directory.GetFiles(folder.Locks, "*.use"));
    }

    [Fact]
    public async Task WhatADownloadReturnedWhileTheRemovalWaitedStays()
    {
        using var cache = new RemovalCache();
        var folder = new RepoPaths(cache.CachePath, RepoType.Model, RepoId.Parse("org/name"));
        RepoMark use = RepoMark.ForUse(Disk.OfThisSystem, folder, CommitHash.TryParse(RemovalCache.New)!, []);
        var request = new RemovalRequest { Selections = [RemovalCache.Of("org/name", RemovalCache.New)] };

        Task<RemovalCache.Outcome> removal = Task.Run(() => cache.RemoveAsync(request, grace: TimeSpan.FromSeconds(3)));
        await Until.TrueAsync(() => Directory.GetFiles(folder.Locks, "*.removal").Length > 0);
        await Task.Delay(500);
        use.Dispose();

        Assert.Equal("Kept", Assert.Single((await removal).Items).Kind);
        Assert.True(Directory.Exists(folder.Snapshot(CommitHash.TryParse(RemovalCache.New)!)));
    }

    [Fact]
    public async Task ADownloadThatBeganBetweenTheTwoLooksOfARemovalIsSeenByTheSecond()
    {
        using var cache = new RemovalCache();
        var folder = new RepoPaths(cache.CachePath, RepoType.Model, RepoId.Parse("org/name"));
        RepoMark? use = null;
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                // The first look at the marks comes before the first at the repo.
                if (use is null
                    && call.Operation == nameof(Disk.List)
                    && call.Path == folder.Snapshots
                    && Directory.Exists(folder.Locks)
                    && Directory.GetFiles(folder.Locks, "*.removal").Length > 0)
                {
                    use = RepoMark.ForUse(Disk.OfThisSystem, folder, CommitHash.TryParse(RemovalCache.New)!, []);
                }
            },
        };

        RemovalCache.Outcome outcome =
            await cache.RemoveAsync(new RemovalRequest { Selections = [RemovalCache.Of("org/name", RemovalCache.New)] }, disk);

        Assert.NotNull(use);
        use.Dispose();
        Assert.Equal("Kept", Assert.Single(outcome.Items).Kind);
        Assert.True(Directory.Exists(folder.Snapshot(CommitHash.TryParse(RemovalCache.New)!)));
    }

    [Fact]
    public async Task AMarkOfADeadProcessKeepsNobodyWaitingAndNothingFromBeingRemoved()
    {
        await using TestCache cache = await TestCache.StartAsync();
        var file = FakeFile.Generated("model.bin", 100_000);
        string commit = cache.Hub.AddRepo("org/name").Commit("main", [file]);
        Assert.Null((await cache.DownloadAsync("org/name", file.Path)).Error);
        var folder = new RepoPaths(cache.Path, RepoType.Model, RepoId.Parse("org/name"));
        ProcessIdentity dead;
        using (ChildProcess child = ChildProcess.Running())
        {
            dead = child.Identity;
        }

        await File.WriteAllTextAsync(Path.Combine(folder.Locks, Path.ChangeExtension(CareCache.NameOf(dead, "remove"), ".removal")), ".\n");
        await File.WriteAllTextAsync(Path.Combine(folder.Locks, Path.ChangeExtension(CareCache.NameOf(dead, commit), ".use")), ".\n");

        Assert.Null((await cache.DownloadAsync("org/name", file.Path)).Error);
        Assert.Equal("Repo", Assert.Single(await RemoveAllAsync(cache)).Kind);

        // The lock files of other clients are never deleted.
        Assert.DoesNotContain(Directory.GetFiles(folder.Locks), file => !file.EndsWith(".lock", StringComparison.Ordinal));
    }

    private static async Task<RemovedItem[]> RemoveAllAsync(TestCache cache)
    {
        var items = new List<RemovedItem>();
        var remover = new CacheRemover(cache.Path, Disk.OfThisSystem, TimeSpan.Zero);
        RemovalPlan plan = remover.Plan(new RemovalRequest { Selections = [RemovalCache.Of("*")] }, default);
        await remover.RemoveAsync(plan.Steps, items.Add, error => throw error, default);
        return [.. items];
    }

    private static bool IsRight(string path, FakeFile file)
    {
        try
        {
            return File.ReadAllBytes(path).AsSpan().SequenceEqual(file.ToArray());
        }
        catch (IOException)
        {
            return false;
        }
    }
}
