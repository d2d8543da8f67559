using System.Globalization;
using FakeHub;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Destination;

/// <summary>Every disk operation in a destination fails once, at call 1, 2, 3 … until the files get through without it.</summary>
public sealed class DiskFaultTests
{
    // Two files that call one operation more often than this have run wild.
    private const int MostCalls = 200;

    public static TheoryData<string, int, bool> Cases()
    {
        var cases = new TheoryData<string, int, bool>();
        foreach (string operation in FaultyDisk.FallibleOperations)
        {
            foreach (DiskError error in (DiskError[])[DiskError.InputOutput, DiskError.NoSpace, DiskError.NotFound, DiskError.AccessDenied])
            {
                cases.Add(operation, (int)error, false);
            }

            cases.Add(operation, (int)DiskError.InputOutput, true);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task LeavesTheOldFileOrTheNew(string operation, int error, bool hardLink)
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        string old = LocalDir.Config.Etag;
        dir.Hub.FindRepo("org/name")!.Commit("next", [FakeFile.FromText("config.json", "[ ]"), FakeFile.FromText("new/file.txt", "new")]);
        await dir.Cache.DownloadAsync(TestCache.Request("org/name", ["config.json", "new/file.txt"], "next"));
        FaultyDisk? disk = null;
        for (int number = 1; disk is not { HasFailed: false }; number++)
        {
            Assert.InRange(number, 1, MostCalls);
            if (Directory.Exists(dir.Path))
            {
                Directory.Delete(dir.Path, recursive: true);
            }

            await dir.SaveAsync(["config.json"]);
            int calls = 0;
            int at = number;
            disk = FaultyDisk.FailingAt(
                call => call.Operation == operation
                    && call.Path.StartsWith(dir.Path, StringComparison.Ordinal)
                    && Interlocked.Increment(ref calls) == at, (DiskError)error);
            DownloadRequest request = dir.Request(["config.json", "new/file.txt"], hardLink, revision: "next");

            string what = string.Create(CultureInfo.InvariantCulture, $"{operation} {number} {(DiskError)error}");
            IReadOnlyList<DownloadOutcome> outcomes;
            try
            {
                outcomes = await dir.SaveAsync(request, disk: disk);
            }
            catch (HubCacheException e) when (e.Code == HubErrorCode.CacheWriteFailed)
            {
                // A destination that cannot even be looked at is an error of the call, before anything is done.
                Assert.StartsWith("Look", operation, StringComparison.Ordinal);
                continue;
            }

            string text = await File.ReadAllTextAsync(dir.File("config.json"));
            Assert.True(text is "{ }" or "[ ]", what);
            Assert.True(outcomes[0].Error is not null || text == "[ ]", what);
            Assert.True(outcomes[1].Error is not null || await File.ReadAllTextAsync(dir.File("new/file.txt")) == "new", what);
            Assert.All(
                outcomes,
                outcome => Assert.True(outcome.Error is null or { Code: HubErrorCode.CacheWriteFailed }, $"{what}: {outcome.Error}"));
            Assert.True(!File.Exists(dir.Metadata("config.json")) || dir.MetadataLines("config.json")[1] == (text == "{ }"
                ? old
                : dir.Hub.FindRepo("org/name")!.FindFile("next", "config.json")!.Etag), what);
            Assert.True(operation == nameof(Disk.Delete) || dir.Temps().Count == 0, what);

            // What failed once is no obstacle to the next call, which also clears away what could not be deleted.
            Assert.All(await dir.SaveAsync(request), outcome => Assert.True(outcome.Error is null, $"after {what}: {outcome.Error}"));
            Assert.Equal("[ ]", await File.ReadAllTextAsync(dir.File("config.json")));
        }

        CacheRules.AssertKept(dir.Cache.Path);
    }

    [Fact]
    public async Task TheBytesAreOnTheDiskBeforeTheirNameIsAndTheNameBeforeTheMetadata()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        await dir.SaveAsync(["config.json"]);
        dir.Hub.FindRepo("org/name")!.Commit("main", [FakeFile.FromText("config.json", "[ ]")]);
        var disk = new FaultyDisk();

        await dir.SaveAsync(["config.json"], disk: disk);

        string[] steps =
        [
            .. disk.Calls.Where(call => call.Path.StartsWith(dir.Path, StringComparison.Ordinal))
                .Where(call => call.Operation is nameof(Disk.Flush) or nameof(Disk.FlushFolder) or nameof(Disk.Rename)
                    || (call.Operation == nameof(Disk.Delete) && call.Path == dir.Metadata("config.json")))
                .Select(call =>
                    $"{call.Operation} {Path.GetFileName(call.Target ?? (call.Operation == nameof(Disk.Flush) ? "temp" : call.Path))}"),
        ];
        Assert.Equal([
            "Flush temp",
            "Delete config.json.metadata",
            "FlushFolder download",
            "Rename config.json",
            "FlushFolder out",
            "Rename config.json.metadata"
        ], steps);
    }

    [Fact]
    public async Task AFailureLeavesTheCacheCompleteAndItsRefMoved()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        var disk = new FaultyDisk
        {
            Fault = call => call.Operation == nameof(Disk.CreateNew)
            && call.Path.StartsWith(dir.Download, StringComparison.Ordinal) ? DiskError.NoSpace : null
        };

        IReadOnlyList<DownloadOutcome> outcomes = await dir.SaveAsync(disk: disk);

        Assert.All(outcomes, outcome => Assert.Equal(HubErrorCode.CacheWriteFailed, outcome.Error!.Code));
        Assert.Contains("-Destination", outcomes[0].Error!.Advice, StringComparison.Ordinal);
        Assert.Equal(dir.Commit, await File.ReadAllTextAsync(Path.Combine(dir.Cache.Path, "models--org--name", "refs", "main")));
        Assert.Equal("Cache", (await dir.Cache.DownloadAsync("org/name", "config.json")).File!.Source);
    }

    [Fact]
    public async Task AStopRemovesTheTempAndLeavesWhatWasThere()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        Directory.CreateDirectory(dir.File("sub"));
        await File.WriteAllTextAsync(dir.File("sub/model.bin"), "mine");
        using var stop = new CancellationTokenSource();
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call.Operation == nameof(Disk.Write) && call.Path.StartsWith(dir.Download, StringComparison.Ordinal))
                {
                    stop.Cancel();
                }
            },
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => dir.SaveAsync(["sub/model.bin"], disk: disk, cancellationToken: stop.Token));

        Assert.Equal("mine", await File.ReadAllTextAsync(dir.File("sub/model.bin")));
        Assert.Empty(dir.Temps());
    }

    [Fact]
    public async Task APlanSaysWhatIsToBeLaidOutAndWritesNothing()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        await dir.SaveAsync(["config.json"]);
        IReadOnlyList<string> before = dir.State();
        using HubDownloader downloader = dir.Cache.Downloader();

        IReadOnlyList<FindOutcome> plan = await downloader.PlanAsync(dir.Request(), new Recorder(), default);

        Assert.Equal([(false, true), (true, false)], plan.Select(file => (file.File!.IsCached, file.IsToBeLaidOut)));
        Assert.Equal(before, dir.State());
    }
}
