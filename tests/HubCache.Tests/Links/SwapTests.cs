using System.Diagnostics;
using System.Runtime.Versioning;
using FakeHub;
using HubCache.Platform;
using HubCache.Retry;
using HubCache.Tests.Maintenance.Packing;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Links;

/// <summary>
/// Whatever writes in a cache, while another user exchanges its folders for links and back: it may fail, and what lies outside stays as it
/// is.
/// </summary>
public sealed class SwapTests : IAsyncLifetime
{
    private const string Repo = "models--org--name";
    private const int Owner = 54321;

    private TestCache _cache = null!;
    private Canary _canary = null!;
    private string _commit = null!;

    public async Task InitializeAsync()
    {
        _cache = await TestCache.StartAsync();
        FakeFile[] files = [
            FakeFile.FromText("config.json", "{}"),
            FakeFile.Generated("sub/model.bin", 5000),
            FakeFile.Generated("deep/sub/model.bin", 4000)
        ];
        _commit = _cache.Hub.AddRepo("org/name").Commit("main", files);
        _canary = new Canary(Path.Combine(_cache.Root, "outside"));
    }

    public async Task DisposeAsync() => await _cache.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ASaveWritesNothingOutside(bool asCopies)
    {
        await SwapAsync(_cache.Path, async () =>
        {
            await SaveAsync(force: true, asCopies);
            TryDelete(Path.Combine(_cache.Path, Repo, "snapshots", _commit, "sub"));
        });
    }

    [Theory]
    [InlineData("save")]
    [InlineData("repair")]
    [InlineData("remove")]
    public async Task WhatTheOwnerRunsWritesNothingOutside(string what)
    {
        if (OperatingSystem.IsWindows() || !Canary.IsRoot)
        {
            return;
        }

        string[] save = [_cache.Hub.Endpoint.AbsoluteUri, _cache.Path, "org/name", "sub/model.bin", "--force"];
        await SaveAsync(force: false, asCopies: false);
        LetOwnerReach(_cache.Root);
        await SwapAsync(_cache.Path, Owner, async () =>
        {
            if (what != "save")
            {
                await RunAsOwnerAsync(save);
            }

            TrySpoil(Path.Combine(_cache.Path, Repo, "refs", "main"));
            TrySpoil(Path.Combine(_cache.Path, Repo, "blobs", "a.incomplete"));
            await RunAsOwnerAsync(what switch
            {
                "save" => save,
                "repair" => ["repair", _cache.Hub.Endpoint.AbsoluteUri, _cache.Path],
                _ => ["remove", _cache.Path, "org/name"],
            });
        });
    }

    [Fact]
    public async Task AnImportOfTheOwnerWritesNothingOutside()
    {
        if (OperatingSystem.IsWindows() || !Canary.IsRoot)
        {
            return;
        }

        using var packed = new PackedCache();
        LetOwnerReach(packed.Root);
        LetOwnerReach(_cache.Root);
        await SwapAsync(packed.Target, Owner, async () =>
        {
            await RunAsOwnerAsync(["import", packed.Archive, packed.Target, "org/name", "20"]);
            TryDelete(packed.Target);
        });
    }

    [Fact]
    public async Task ARepairWritesNothingOutside()
    {
        await SwapAsync(_cache.Path, async () =>
        {
            await SaveAsync(force: false, asCopies: false);
            TrySpoil(Path.Combine(_cache.Path, Repo, "refs", "main"));
            TrySpoil(Path.Combine(_cache.Path, Repo, "trees", _commit + ".json"));
            TrySpoil(Path.Combine(_cache.Path, Repo, "blobs", "a.incomplete"));
            TrySpoil(Path.Combine(_cache.Path, Repo, "snapshots", _commit, "foreign"));
            var problems = new List<CacheProblem>();
            await new CacheCheck(_cache.Path, (_, _) => true) { LooksBesideRepos = true }.RunAsync(
                problems.Add, _ => { }, CancellationToken.None);
            using var repair = new CacheRepair(_cache.Options, new PollyRetryPolicy(TimeSpan.FromMilliseconds(10)), new Recorder());
            await repair.RunAsync(problems, (_, _) => { }, CancellationToken.None);
        });
    }

    [Fact]
    public async Task ARemovalRemovesNothingOutside()
    {
        await SwapAsync(_cache.Path, async () =>
        {
            await SaveAsync(force: false, asCopies: false);
            TrySpoil(Path.Combine(_cache.Path, Repo, "blobs", "a.incomplete"));
            var census = new IncompleteCensus(_cache.Path, TimeSpan.Zero);
            foreach (IncompleteFile file in census.Find((_, _) => true, CancellationToken.None))
            {
                Attempt(() => census.Remove(file, force: true));
            }

            var remover = new CacheRemover(_cache.Path, Disk.OfThisSystem, TimeSpan.Zero);
            RemovalPlan plan = remover.Plan(
                new RemovalRequest { Selections = [new RemovalSelection { Matches = (_, _) => true }] }, CancellationToken.None);
            await remover.RemoveAsync(plan.Steps, _ => { }, _ => { }, CancellationToken.None);
        });
    }

    [Fact]
    public async Task AnImportWritesNothingOutside()
    {
        using var packed = new PackedCache();
        await SwapAsync(packed.Target, () =>
        {
            Attempt(() => packed.Import(packed.Archive));
            TryDelete(packed.Target);
            return Task.CompletedTask;
        });
    }

    /// <summary>Does something again and again while the folders of the cache are swapped.</summary>
    private Task SwapAsync(string cachePath, Func<Task> action) => SwapAsync(cachePath, owner: null, action);

    private async Task SwapAsync(string cachePath, int? owner, Func<Task> action)
    {
        string commit = cachePath == _cache.Path ? _commit : PackedCache.Commit;
        string[] places = ["blobs", "refs", "trees", "snapshots", $"snapshots/{commit}", $"snapshots/{commit}/sub"];
        var clock = Stopwatch.StartNew();

        // A place at a time, so that each is met in either state; all at once, hardly anything would get far.
        string[][] all = [
            [Repo, $"{Repo}/snapshots/{commit}/sub"],
            [Repo],
            [".locks"],
            [$".locks/{Repo}"],
            .. places.Select(place => new[] { $"{Repo}/{place}" })
        ];
        foreach (string[] some in all)
        {
            // A link of root's own at a repo's folder, or at its blobs, would be one that is followed.
            if (!Canary.IsRoot && (some.Contains(Repo) || some.Contains($"{Repo}/blobs")))
            {
                continue;
            }

            foreach (string place in some)
            {
                // Not everything that may be written is written by each of them.
                Directory.CreateDirectory(Path.Combine(cachePath, place));
            }

            if (owner is int user)
            {
                Canary.Give(Path.GetDirectoryName(cachePath)!, user);
            }

            using var swapper = new Swapper(
                _canary, some.Select(place => Path.Combine(cachePath, place)), Path.Combine(Path.GetDirectoryName(cachePath)!, "aside"));
            TimeSpan until = clock.Elapsed + (Swapper.Duration / 10);
            for (int turns = 0; clock.Elapsed < until || (swapper.Swaps == 0 && turns < 100); turns++)
            {
                try
                {
                    await action();
                }
                catch (HubCacheException)
                {
                    // It may fail; it is what lies outside that counts.
                }
            }

            Assert.True(swapper.Swaps > 0, $"Nothing was swapped at {some[0]}.");
        }

        _canary.AssertUntouched();
    }

    private async Task SaveAsync(bool force, bool asCopies)
        => await _cache.DownloadAsync(
            TestCache.Request("org/name", ["config.json", "sub/model.bin", "deep/sub/model.bin"], force: force),
            _cache.Options with { WithoutSymbolicLinks = asCopies });

    [UnsupportedOSPlatform("windows")]
    private void LetOwnerReach(string root)
    {
        File.SetUnixFileMode(root, (UnixFileMode)0b111_101_101);
        _canary.OpenTo(Owner);
    }

    private static async Task RunAsOwnerAsync(string[] arguments)
    {
        string[] before = ["setpriv", $"--reuid={Owner}", $"--regid={Owner}", "--clear-groups"];
        using var worker = WorkerProcess.Start(before, new Dictionary<string, string?> { ["HOME"] = "/nonexistent" }, arguments);
        await worker.ExitAsync();
    }

    private static void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (HubCacheException)
        {
            // As above.
        }
    }

    /// <summary>Writes by the plain path, but never through a swapped link: the test would touch the canary itself.</summary>
    private static void TrySpoil(string path)
    {
        try
        {
            Disk disk = Unlinked(path);
            disk.Delete(path);
            using var file = disk.CreateNew(path);
            disk.Write(file, "spoilt"u8, 0, path);
        }
        catch (DiskException)
        {
            // Next time.
        }
    }

    private static Disk Unlinked(string path) => Disk.OfThisSystem.Within(new Boundary(Path.GetPathRoot(path)!, _ => false));

    private static void TryDelete(string folder)
    {
        try
        {
            Unlinked(folder).Rename(folder, $"{folder}.{Guid.NewGuid():n}");
        }
        catch (DiskException)
        {
            // It is somewhere else just now.
        }
    }
}
