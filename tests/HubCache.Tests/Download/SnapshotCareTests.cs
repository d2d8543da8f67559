using FakeHub;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Testing;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Download;

/// <summary>Snapshots where something is in the way: no room, no Hub, another tool's clean-up, a failing disk, a kill.</summary>
[Collection("processes")]
public sealed class SnapshotCareTests
{
    private const string Repo = "org/name";

    [Fact]
    public async Task WhatDoesNotFitIsOneErrorAndNotAByteIsFetched()
    {
        await using TestCache cache = await StartAsync();
        using HubDownloader downloader = TestCache.Downloader(cache.Options, new NarrowDisk(9_300_000));

        IReadOnlyList<DownloadOutcome> outcomes = await downloader.DownloadAsync(SnapshotTests.RequestFor(), new Recorder(), default);

        HubCacheException error = Assert.Single(outcomes.Select(outcome => outcome.Error).Distinct())!;
        Assert.Equal(HubErrorCode.CacheWriteFailed, error.Code);
        Assert.Contains("9300003 bytes are missing", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, cache.Hub.Log.Count("/resolve/"));
        Assert.Empty(cache.Files());
    }

    [Fact]
    public async Task OnlyWhatIsMissingHasToFit()
    {
        await using TestCache cache = await StartAsync();
        await SnapshotTests.SaveAsync(cache, files: ["onnx/"]);
        using HubDownloader downloader = TestCache.Downloader(cache.Options, new NarrowDisk(300_002));

        Assert.All(
            await downloader.DownloadAsync(SnapshotTests.RequestFor(), new Recorder(), default), outcome => Assert.Null(outcome.Error));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NamesThatDifferInCaseAloneAreRefusedOnlyWhereTheyAreOneFile(bool isCaseless)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub
            .AddRepo(Repo)
            .Commit("main", [FakeFile.FromText("A.txt", "upper"), FakeFile.FromText("a.txt", "lower"), FakeFile.FromText("b.txt", "b")]);
        using HubDownloader downloader = TestCache.Downloader(cache.Options, isCaseless ? new CaselessDisk() : new FaultyDisk());

        IReadOnlyList<DownloadOutcome> outcomes = await downloader.DownloadAsync(SnapshotTests.RequestFor(), new Recorder(), default);

        Assert.Equal(
            isCaseless ? ["A.txt", "a.txt"] : [],
            outcomes.Where(outcome => outcome.Error?.Code == HubErrorCode.InvalidFileName).Select(outcome => outcome.FileName));
        Assert.Equal(isCaseless ? 1 : 3, cache.Hub.Log.Count("/resolve/"));
    }

    [Theory]
    [InlineData(true, false, 1)]
    [InlineData(true, true, 0)]
    [InlineData(false, false, 1)]
    [InlineData(false, true, 0)]
    public async Task WithoutTheHubACompleteSnapshotIsAnsweredWithOneWarningForABranch(bool offline, bool isPinned, int warnings)
    {
        await using TestCache cache = await StartAsync();
        await SnapshotTests.SaveAsync(cache);
        string revision = isPinned ? SnapshotTests.Ref(cache)! : "main";
        cache.Hub.Faults.Add(Fault.Status(503) with { Times = -1 });
        var recorder = new Recorder();

        IReadOnlyList<DownloadOutcome> outcomes =
            await SnapshotTests.SaveAsync(cache, revision: revision, options: cache.Options with { Offline = offline }, recorder: recorder);

        Assert.All(outcomes, outcome => Assert.Equal("Cache", outcome.File?.Source));
        Assert.Equal(warnings, recorder.Warnings.Count);
    }

    [Theory]
    [InlineData(true, HubErrorCode.OfflineNotCached)]
    [InlineData(false, HubErrorCode.HubUnreachable)]
    public async Task WithoutTheHubAnIncompleteSnapshotNamesWhatIsMissing(bool offline, HubErrorCode code)
    {
        await using TestCache cache = await StartAsync();
        IReadOnlyList<DownloadOutcome> saved = await SnapshotTests.SaveAsync(cache);
        File.Delete(saved.First(outcome => outcome.FileName == "onnx/b.txt").File!.FullName);
        cache.Hub.Faults.Add(Fault.Status(503) with { Times = -1 });

        IReadOnlyList<DownloadOutcome> outcomes = await SnapshotTests.SaveAsync(cache, options: cache.Options with { Offline = offline });

        DownloadOutcome missing = Assert.Single(outcomes, outcome => outcome.Error is not null);
        Assert.Equal(("onnx/b.txt", code), (missing.FileName, missing.Error!.Code));
        Assert.Contains("onnx/b.txt", missing.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAListTheFolderIsAnsweredAndSaidToBeOfUnknownWholeness()
    {
        await using TestCache cache = await StartAsync();
        await SnapshotTests.SaveAsync(cache);
        Directory.Delete(Path.Combine(cache.Path, "models--org--name", "trees"), recursive: true);
        var recorder = new Recorder();

        IReadOnlyList<DownloadOutcome> outcomes =
            await SnapshotTests.SaveAsync(cache, options: cache.Options with { Offline = true }, recorder: recorder);

        Assert.Equal(SnapshotTests.Usual().Count(), outcomes.Count(outcome => outcome.File is not null));
        Assert.Contains("whether these are all", Assert.Single(recorder.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 0, 0)]
    [InlineData("onnx/deep/c.bin", 1, 2)]
    public async Task ASnapshotIsProtectedFromCleanUpsAndASingleFileFromTheSecondOn(string? file, int least, int most)
    {
        await using TestCache cache = await StartAsync();
        int prunes = 0;
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call.Operation == nameof(Disk.CreateSymbolicLink) && call.Path.EndsWith("c.bin", StringComparison.Ordinal))
                {
                    prunes += Prune(cache) ? 1 : 0;
                }
            },
        };
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);

        DownloadRequest request = file is null ? SnapshotTests.RequestFor() : TestCache.Request("org/name", [file]);
        IReadOnlyList<DownloadOutcome> outcomes = await downloader.DownloadAsync(request, new Recorder(), default);

        Assert.All(outcomes, outcome => Assert.Null(outcome.Error));
        Assert.InRange(prunes, least, most);
        Assert.Equal(["main"], Directory.GetFiles(Path.Combine(cache.Path, "models--org--name", "refs")).Select(Path.GetFileName));
        CacheRules.AssertKept(cache.Path);
    }

    [Fact]
    public async Task WhatAKilledProcessProtectedIsNotProtectedForGood()
    {
        await using TestCache cache = await StartAsync();
        await SnapshotTests.SaveAsync(cache);
        string refs = Path.Combine(cache.Path, "models--org--name", "refs");
        string ours = Path.Combine(refs, IncompleteName.New("keep").ToString());
        await File.WriteAllTextAsync(ours, SnapshotTests.Ref(cache));
        await File.WriteAllTextAsync(Path.Combine(refs, "keep.this"), SnapshotTests.Ref(cache));

        await SnapshotTests.SaveAsync(cache);

        // Of our own pid, and not in this process's register: somebody had the pid before.
        Assert.Equal(["keep.this", "main"], Directory.GetFiles(refs).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(nameof(Disk.Flush))]
    [InlineData(nameof(Disk.FlushFolder))]
    public async Task ADiskThatCannotFlushWhatOthersPublishedIsTheirNamesError(string operation)
    {
        await using TestCache cache = await StartAsync();
        await SnapshotTests.SaveAsync(cache);
        string blobs = Path.Combine(cache.Path, "models--org--name", "blobs");
        var disk = new FaultyDisk
        {
            Fault = call =>
            call.Operation == operation && call.Path.StartsWith(blobs, StringComparison.Ordinal) ? DiskError.InputOutput : null
        };
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);

        Assert.All(
            await downloader.DownloadAsync(SnapshotTests.RequestFor(), new Recorder(), default),
            outcome => Assert.Equal(HubErrorCode.CacheWriteFailed, outcome.Error?.Code));
    }

    [Fact]
    public async Task WhatOthersPublishedLatelyIsFlushedOnceEachAndTheirFolderOnce()
    {
        await using TestCache cache = await StartAsync();
        await SnapshotTests.SaveAsync(cache);
        string blobs = Path.Combine(cache.Path, "models--org--name", "blobs");
        var disk = new FaultyDisk();
        using HubDownloader downloader = TestCache.Downloader(cache.Options, disk);

        await downloader.DownloadAsync(SnapshotTests.RequestFor(), new Recorder(), default);

        string[] flushed = [.. disk.Calls.Where(call => call.Operation == nameof(Disk.Flush)).Select(call => call.Path)];
        Assert.Equal(Directory.GetFiles(blobs).Order(StringComparer.Ordinal), flushed.Order(StringComparer.Ordinal));
        Assert.Single(disk.Calls, call => call.Operation == nameof(Disk.FlushFolder));
    }

    [Theory]
    [InlineData((int)DiskError.InputOutput)]
    [InlineData((int)DiskError.NoSpace)]
    [InlineData((int)DiskError.AccessDenied)]
    public async Task EveryDiskOperationFailsOnceAndTheRefIsOldOrNewAndTrue(int error)
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeRepo hub = cache.Hub.AddRepo(Repo);
        string old = hub.Commit("main", [FakeFile.FromText("config.json", "1")]);
        await SnapshotTests.SaveAsync(cache);
        string present = hub.Commit(
            "main", [FakeFile.FromText("config.json", "2"), FakeFile.FromText("sub/b.txt", "b"), FakeFile.FromText("c.txt", "b")]);
        foreach (string operation in FaultyDisk.FallibleOperations)
        {
            FaultyDisk? disk = null;
            for (int number = 1; disk is not { HasFailed: false }; number++)
            {
                Assert.InRange(number, 1, 200);
                string path = Path.Combine(cache.Root, $"{operation}-{number}");
                TestCache.Copy(cache.Path, path);
                disk = FaultyDisk.FailingAt(operation, number, (DiskError)error);
                using HubDownloader downloader = TestCache.Downloader(cache.Options with { CachePath = path }, disk);
                await downloader.DownloadAsync(SnapshotTests.RequestFor(), new Recorder(), default);

                string repo = Path.Combine(path, "models--org--name");
                string now = await File.ReadAllTextAsync(Path.Combine(repo, "refs", "main"));
                string[] names = now == present ? ["config.json", "sub/b.txt", "c.txt"] : ["config.json"];
                Assert.Contains(now, (string[])[old, present]);
                Assert.All(
                    names, name => Assert.True(File.Exists(Path.Combine(repo, "snapshots", now, name)), $"{operation} {number}: {name}"));
                CacheRules.AssertKept(path);
                Directory.Delete(path, recursive: true);
            }
        }
    }

    [Fact]
    public async Task ASnapshotThatIsKilledLeavesTheOldRefOrTheNewAndIsGoneOnWith()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeRepo hub = cache.Hub.AddRepo(Repo);
        string old = hub.Commit("main", [FakeFile.FromText("config.json", "1")]);
        await SnapshotTests.SaveAsync(cache);
        FakeFile[] files = [.. Enumerable.Range(0, 60).Select(i => FakeFile.Generated($"d{i % 4}/{i:00}.bin", 30_000 + i, seed: i))];
        string present = hub.Commit("main", files);
        int cut = 0;
        for (int round = 0; round < 6; round++)
        {
            string path = Path.Combine(cache.Root, $"kill-{round}");
            TestCache.Copy(cache.Path, path);
            cache.Hub.Log.Clear();
            using WorkerProcess worker = WorkerProcess.Start([], null, [cache.Hub.Endpoint.AbsoluteUri, path, Repo, "*"]);
            await Until.TrueAsync(() => cache.Hub.Log.Count("/resolve/") >= 1 + (round * 11));
            worker.Kill();
            await worker.ExitAsync();

            string now = await File.ReadAllTextAsync(Path.Combine(path, "models--org--name", "refs", "main"));
            Assert.Contains(now, (string[])[old, present]);
            cut += now == old ? 1 : 0;
            CacheRules.AssertKept(path);

            using HubDownloader downloader = cache.Downloader(cache.Options with { CachePath = path });
            IReadOnlyList<DownloadOutcome> outcomes = await downloader.DownloadAsync(SnapshotTests.RequestFor(), new Recorder(), default);
            Assert.All(outcomes, outcome => Assert.Null(outcome.Error));
            Assert.Equal(files.Length + 1, outcomes.Count);
            Assert.Equal(present, await File.ReadAllTextAsync(Path.Combine(path, "models--org--name", "refs", "main")));
            Assert.DoesNotContain(
                Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories),
                file => file.EndsWith(".incomplete", StringComparison.Ordinal));
            CacheRules.AssertKept(path);
        }

        Assert.InRange(cut, 1, 6);
    }

    private static async Task<TestCache> StartAsync()
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo(Repo).Commit("main", SnapshotTests.Usual());
        return cache;
    }

    /// <summary>
    /// What <c>hf cache prune</c> does: snapshots that no ref names go, and then the blobs that only they had; a repo that has no other
    /// goes as a whole.
    /// </summary>
    private static bool Prune(TestCache cache)
    {
        string repo = Path.Combine(cache.Path, "models--org--name");
        if (!Directory.Exists(Path.Combine(repo, "refs")))
        {
            return false;
        }

        string[] named = [.. Directory.GetFiles(Path.Combine(repo, "refs")).Select(File.ReadAllText)];
        bool isAny = Directory.GetDirectories(Path.Combine(repo, "snapshots")).Any(snapshot => !named.Contains(Path.GetFileName(snapshot)));
        if (isAny)
        {
            Directory.Delete(repo, recursive: true);
        }

        return isAny;
    }

    private sealed class CaselessDisk : ForwardingDisk
    {
        public override FileFacts? Look(string path)
            => base.Look(path) ?? base.Look(Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileName(path).ToLowerInvariant()));
    }

    private sealed class NarrowDisk(long room) : ForwardingDisk
    {
        public override long? FreeRoom(string folder) => room;
    }
}
