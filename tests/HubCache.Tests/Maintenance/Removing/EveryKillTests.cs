using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Maintenance.Removing;

/// <summary>
/// A removal is killed, or its disk fails, at every operation 1, 2, 3 …; what is left is sound, and another run finishes.
/// </summary>
public sealed class EveryKillTests
{
    // A removal of eight files that calls the disk more often than this has run wild.
    private const int MostCalls = 2000;

    [Theory]
    [InlineData("repo", true)]
    [InlineData("repo", false)]
    [InlineData("revision", true)]
    [InlineData("revision", false)]
    [InlineData("file", true)]
    [InlineData("shared", true)]
    public async Task LeavesNothingThatRefersToSomethingGone(string what, bool isKilled)
    {
        int number = 0;
        for (bool isReached = true; isReached;)
        {
            Assert.InRange(++number, 1, MostCalls);
            using RemovalCache cache = Build(what);
            isReached = await DisturbAsync(cache, Request(what), number, isKilled);

            cache.AssertSound();
            if (what != "file")
            {
                AssertWhole(cache, "main", RemovalCache.New);
                AssertWhole(cache, "v1", RemovalCache.Old);
            }

            await FinishAsync(cache, what, $"{what}, call {number}");
        }

        Assert.True(number > 8, "the disturbance reached the removal");
    }

    private static async Task<bool> DisturbAsync(RemovalCache cache, RemovalRequest request, int number, bool isKilled)
    {
        (int calls, bool isReached) = (0, false);
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                // A kill between two writes leaves what one just before the second leaves.
                calls += !isKilled || FaultyDisk.WritingOperations.Contains(call.Operation) || call.Operation == nameof(Disk.FlushFolder)
                    ? 1
                    : 0;
                isReached |= calls >= number;
                if (isReached && isKilled)
                {
                    throw new KilledException();
                }
            },
            Fault = _ => calls == number ? DiskError.InputOutput : null,
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

    /// <summary>Links go after the refs that stand for them: what a ref still names has all its files.</summary>
    private static void AssertWhole(RemovalCache cache, string name, string commit)
    {
        if (File.Exists(cache.At(RemovalCache.Repo, "refs", name)))
        {
            Assert.True(File.Exists(cache.At(RemovalCache.Repo, "snapshots", commit, "config.json")), $"{name} has lost config.json");
            Assert.NotEmpty(cache.Left(RemovalCache.Repo, "snapshots", commit, "sub"));
        }
    }

    private static async Task FinishAsync(RemovalCache cache, string what, string when)
    {
        foreach (RemovalRequest request in (RemovalRequest[])[
            Request(what),
            new RemovalRequest { Selections = [RemovalCache.Of("*")], Detached = true }
        ])
        {
            IEnumerable<HubCacheException> errors =
                (await cache.RemoveAsync(request)).Errors.Where(error => error.Code != HubErrorCode.NotCached);
            Assert.True(!errors.Any(), $"{when}: {errors.FirstOrDefault()}");
        }

        cache.AssertSound();
        string[] blobs = [.. cache.Left(RemovalCache.Repo, "blobs")];
        int expected = what switch { "repo" or "shared" => 0, _ => 2 };
        Assert.True(blobs.Length == expected, $"{when}: {string.Join(", ", blobs)}");
        Assert.Equal(expected > 0, Directory.Exists(cache.At(RemovalCache.Repo)));
        Assert.True(what != "shared" || !File.Exists(cache.At("blobs", "ee", CareCache.Etag('e'))), $"{when}: the shared file stays");
    }

    private static RemovalCache Build(string what)
    {
        var cache = new RemovalCache();
        if (what == "shared")
        {
            string etag = CareCache.Etag('7');
            cache.Write("1\n", "blobs", ".huggingface-shared-blobs");
            cache.Write("12345678", "blobs", "ee", CareCache.Etag('e'));
            cache.Write($"{RemovalCache.Repo}/blobs/{etag}\n", "blobs", "ee", CareCache.Etag('e') + ".refs");
            cache.Link($"../../blobs/ee/{CareCache.Etag('e')}", RemovalCache.Repo, "blobs", etag);
            cache.Link($"../../blobs/{etag}", RemovalCache.Repo, "snapshots", RemovalCache.Old, "model.bin");
        }

        return cache;
    }

    private static RemovalRequest Request(string what) => new()
    {
        Selections =
        [
            what switch
            {
                "revision" => RemovalCache.Of("org/name", RemovalCache.Old),
                "file" => RemovalCache.Of("org/name", "v1", "sub/*"),
                _ => RemovalCache.Of("org/name"),
            },
        ],
    };

    private sealed class KilledException : Exception;
}
