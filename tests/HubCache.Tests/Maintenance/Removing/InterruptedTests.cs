using HubCache.Download;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Maintenance.Removing;

/// <summary>A removal by the name of a ref is killed, or fails, at every operation; the same call again finishes it.</summary>
public sealed class InterruptedTests
{
    private const int MostCalls = 1000;

    [Theory]
    [InlineData("v1", true)]
    [InlineData("v1", false)]
    [InlineData("main", true)]
    [InlineData("main", false)]
    [InlineData("v1 and main", true)]
    [InlineData("v1 file", true)]
    [InlineData("shared", true)]
    [InlineData("two refs", true)]
    [InlineData("deep", true)]
    public async Task TheSameCallAgainFinishes(string what, bool isKilled)
    {
        bool isReached = true;
        for (int number = 1; isReached; number++)
        {
            Assert.InRange(number, 1, MostCalls);
            using RemovalCache cache = Build(what);
            isReached = await DisturbAsync(cache, Request(what), number, isKilled);
            cache.AssertSound();
            bool wasDone = IsDone(cache, what);

            RemovalCache.Outcome again = await cache.RemoveAsync(Request(what));

            // Whoever was killed after the last byte was gone may be told that there is nothing left.
            Assert.True(
                again.Errors.All(error => wasDone && error.Code == HubErrorCode.NotCached),
                $"{what}, call {number}: {again.Errors.FirstOrDefault()}");
            Assert.True(IsDone(cache, what), $"{what}, call {number}: {string.Join(", ", cache.Left(RemovalCache.Repo))}");

            // Of a repo that is gone as a whole nothing is looked at any more.
            Assert.True(!Directory.Exists(cache.At(RemovalCache.Repo))
                || !Directory.EnumerateFiles(cache.CachePath, "*.removing", SearchOption.AllDirectories).Any());
            cache.AssertSound();
        }
    }

    [Fact]
    public async Task WhatCameBackUnderAnotherRefStays()
    {
        using var cache = new RemovalCache();
        var disk = new FaultyDisk
        {
            Fault = call => call.Operation == nameof(Disk.Delete)
            && call.Path.Contains("snapshots", StringComparison.Ordinal) ? DiskError.InputOutput : null
        };
        Assert.NotEmpty((await cache.RemoveAsync(Request("v1"), disk)).Errors);
        cache.Write(RemovalCache.Old, RemovalCache.Repo, "refs", "v2");

        RemovalCache.Outcome again = await cache.RemoveAsync("org/name", "v1");

        Assert.Empty(again.Errors);
        Assert.True(File.Exists(cache.At(RemovalCache.Repo, "snapshots", RemovalCache.Old, "config.json")));
        Assert.Equal(HubErrorCode.NotCached, Assert.Single((await cache.RemoveAsync("org/name", "v1")).Errors).Code);
    }

    [Fact]
    public async Task WhatSomebodySavedAgainByItsCommitStays()
    {
        using var cache = new RemovalCache();
        var disk = new FaultyDisk
        {
            Fault = call => call.Operation == nameof(Disk.Delete)
            && call.Path.Contains("snapshots", StringComparison.Ordinal) ? DiskError.InputOutput : null
        };
        Assert.NotEmpty((await cache.RemoveAsync(Request("v1"), disk)).Errors);
        using (var uses = new CacheUses(Disk.OfThisSystem))
        {
            var folder = new RepoPaths(cache.CachePath, RepoType.Model, RepoId.Parse("org/name"));
            await uses.ClaimAsync(folder, CommitHash.TryParse(RemovalCache.Old)!, [], CancellationToken.None);
        }

        RemovalCache.Outcome again = await cache.RemoveAsync("org/name", "v1");

        Assert.Equal(HubErrorCode.NotCached, Assert.Single(again.Errors).Code);
        Assert.True(File.Exists(cache.At(RemovalCache.Repo, "snapshots", RemovalCache.Old, "config.json")));
    }

    private static async Task<bool> DisturbAsync(RemovalCache cache, RemovalRequest request, int number, bool isKilled)
    {
        (int calls, bool isReached) = (0, false);
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                bool counts = FaultyDisk.WritingOperations.Contains(call.Operation) || call.Operation == nameof(Disk.FlushFolder);
                calls += counts ? 1 : 0;
                isReached |= calls >= number;
                if (isReached && isKilled)
                {
                    throw new KilledException();
                }
            },
            Fault = call => calls == number && (FaultyDisk.WritingOperations.Contains(call.Operation)
                || call.Operation == nameof(Disk.FlushFolder)) ? DiskError.InputOutput : null,
        };
        try
        {
            await cache.RemoveAsync(request, disk);
        }
        catch (Exception e) when (e is KilledException or HubCacheException)
        {
            // Its own clean-up did not run either: every later call was refused as well.
        }

        return isReached;
    }

    private static RemovalCache Build(string what)
    {
        var cache = new RemovalCache();
        switch (what)
        {
            case "shared":
                string etag = CareCache.Etag('7');
                cache.Write("1\n", "blobs", ".huggingface-shared-blobs");
                cache.Write("12345678", "blobs", "ee", CareCache.Etag('e'));
                cache.Write($"{RemovalCache.Repo}/blobs/{etag}\n", "blobs", "ee", CareCache.Etag('e') + ".refs");
                cache.Link($"../../blobs/ee/{CareCache.Etag('e')}", RemovalCache.Repo, "blobs", etag);
                cache.Link($"../../blobs/{etag}", RemovalCache.Repo, "snapshots", RemovalCache.Old, "model.bin");
                break;
            case "two refs":
                cache.Write(RemovalCache.Old, RemovalCache.Repo, "refs", "v2");
                break;
            case "deep":
                File.Delete(cache.At(RemovalCache.Repo, "refs", "v1"));
                cache.Write(RemovalCache.Old, RemovalCache.Repo, "refs", "refs", "pr", "1");
                break;
        }

        return cache;
    }

    private static bool IsDone(RemovalCache cache, string what)
    {
        IEnumerable<string> left = cache.Left(RemovalCache.Repo);
        bool hasOld = Directory.Exists(cache.At(RemovalCache.Repo, "snapshots", RemovalCache.Old));
        int blobs = cache.Left(RemovalCache.Repo, "blobs").Count;
        return what switch
        {
            "main" => !Directory.Exists(cache.At(RemovalCache.Repo, "snapshots", RemovalCache.New)) && blobs == 2 && hasOld,
            "v1 and main" => !left.Any(path => path.Contains("snapshots/", StringComparison.Ordinal)) && blobs == 0,
            "v1 file" => blobs == 2,
            "shared" => !hasOld && blobs == 2 && !File.Exists(cache.At("blobs", "ee", CareCache.Etag('e'))),
            "two refs" => hasOld && !File.Exists(cache.At(RemovalCache.Repo, "refs", "v1")),
            _ => !hasOld && blobs == 2,
        };
    }

    private static RemovalRequest Request(string what) => new()
    {
        Selections = what switch
        {
            "v1 and main" => [RemovalCache.Of("org/name", "v1"), RemovalCache.Of("org/name", "main")],
            "v1 file" => [RemovalCache.Of("org/name", "v1", "*")],
            "main" => [RemovalCache.Of("org/name", "main")],
            "deep" => [RemovalCache.Of("org/name", "refs/pr/1")],
            _ => [RemovalCache.Of("org/name", "v1")],
        },
    };

    private sealed class KilledException : Exception;
}
