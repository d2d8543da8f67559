using System.Diagnostics;
using System.Globalization;
using FakeHub;
using HubCache.Retry;
using HubCache.Tests.Interop;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Maintenance;

/// <summary>Whatever is done to a cache of 200 files is found, and repaired with the bytes of the damaged files alone.</summary>
/// <remarks>
/// <c>HUBCACHE_TEST_DAMAGES</c> does more than the usual number; <c>HUBCACHE_TEST_SCAN</c> is a program of another client that exits with 0
/// when it calls the cache clean.
/// </remarks>
[Collection(NpmGroup.Name)]
public sealed class DamageTests(NpmClient npm)
{
    private const int FileCount = 200;
    private const int EachRound = 10;

    [Fact]
    public async Task EveryDamageIsFoundAndRepaired()
        => await RunAsync(Number("HUBCACHE_TEST_DAMAGES") ?? 50, Number("HUBCACHE_TEST_SEED") ?? 20260201, _ => Task.CompletedTask);

    [NpmFact]
    public async Task AnotherClientCallsTheRepairedCacheClean()
    {
        await RunAsync(30, 7, async cache =>
        {
            ClientScan scan = await npm.ScanAsync(cache);
            Assert.Empty(scan.Warnings);
            Assert.Equal(2, scan.Repo("model", "org/name").Revisions.Length);
        });
    }

    private static async Task RunAsync(int damages, int seed, Func<string, Task> scanWithAnotherClient)
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeRepo hub = cache.Hub.AddRepo("org/name");
        FakeFile[] files = [.. Enumerable.Range(0, FileCount).Select(File)];
        string older = hub.Commit("dev", files[..^20]);
        string commit = hub.Commit("main", files);
        foreach (string branch in (string[])["dev", "main"])
        {
            Assert.All(
                await cache.DownloadAsync(new DownloadRequest { RepoId = RepoId.Parse("org/name"), Revision = Revision.Parse(branch) }),
                outcome => Assert.Null(outcome.Error));
        }

        string repo = Path.Combine(cache.Path, "models--org--name");
        var random = new Random(seed);
        for (int done = 0; done < damages; done += EachRound)
        {
            var damage = new Damage(random, repo, commit);
            for (int i = 0; i < EachRound; i++)
            {
                damage.Do();
            }

            List<CacheProblem> problems = await CheckAsync(cache.Path);
            Assert.All(damage.Expected, expected => Assert.True(
                problems.Exists(problem => expected.Places.Contains(problem.FullName)),
                $"{expected.What} is found at {expected.Places[0]} among\n{Told(problems)}"));

            cache.Hub.ForgetRequests();
            List<RepairedItem> items = await RepairAsync(cache, problems);

            Assert.All(items, item => Assert.True(item.Result == "Repaired", $"{item.Kind} {item.FullName}: {item.Result}, {item.Detail}"));
            List<CacheProblem> left = await CheckAsync(cache.Path);
            Assert.True(left.Count == 0, $"round of {done}: {Told(left)}");
            Assert.Equal(damage.Lost.Order(StringComparer.Ordinal), Fetched(cache, files).Order(StringComparer.Ordinal));
            CacheRules.AssertKept(cache.Path);
            Assert.Equal(commit, await System.IO.File.ReadAllTextAsync(Path.Combine(repo, "refs", "main")));
        }

        foreach ((string at, FakeFile[] of) in ((string, FakeFile[])[])[(older, files[..^20]), (commit, files)])
        {
            Assert.All(
                of, file => Assert.Equal(file.ToArray(), System.IO.File.ReadAllBytes(Path.Combine(repo, "snapshots", at, file.Path))));
        }

        await scanWithAnotherClient(cache.Path);
        ScanByCommand(cache.Path);
    }

    private static FakeFile File(int number)
    {
        string name = string.Create(
            CultureInfo.InvariantCulture,
            $"{(number % 3 == 0 ? "deep/er/" : number % 3 == 1 ? "deep/" : string.Empty)}file{number:000}.bin");
        return FakeFile.Generated(name, 1000 + (number * 37), seed: number + 1, lfs: number % 2 == 0);
    }

    private static async Task<List<CacheProblem>> CheckAsync(string cache)
    {
        var found = new List<CacheProblem>();
        await new CacheCheck(cache, (_, _) => true) { LooksBesideRepos = true }.RunAsync(found.Add, _ => { }, CancellationToken.None);
        return found;
    }

    private static async Task<List<RepairedItem>> RepairAsync(TestCache cache, List<CacheProblem> problems)
    {
        var items = new List<RepairedItem>();
        using var repair = new CacheRepair(cache.Options, new PollyRetryPolicy(TimeSpan.FromMilliseconds(10)), new Recorder());
        await repair.RunAsync(problems, (item, _) => items.Add(item), CancellationToken.None);
        return items;
    }

    /// <summary>The blobs whose bytes were asked for, once for each time.</summary>
    private static IEnumerable<string> Fetched(TestCache cache, FakeFile[] files)
    {
        // Those of the Hub by their names, those of the storage by their hashes; a redirect from the one to the other carries none.
        return cache.Hub.Log.Entries.Where(entry => entry.Method == "GET"
            && entry.BodyBytes > 0
            && (entry.Origin == Origin.Storage || entry.Path.Contains("/resolve/", StringComparison.Ordinal))
            && entry.Status < 300)
            .Select(entry => files.Single(file => entry.Path.EndsWith("/" + file.Path, StringComparison.Ordinal)
                || entry.Path.Contains(file.Etag, StringComparison.Ordinal)).Etag);
    }

    private static string Told(List<CacheProblem> problems)
        => string.Join('\n', problems.Select(problem => $"{problem.Severity} {problem.Kind} {problem.FullName} {problem.Detail}"));

    private static void ScanByCommand(string cache)
    {
        if (Environment.GetEnvironmentVariable("HUBCACHE_TEST_SCAN") is string program)
        {
            using Process scan = Process.Start(program, [cache]);
            scan.WaitForExit();
            Assert.Equal(0, scan.ExitCode);
        }
    }

    private static int? Number(string variable)
        => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : null;
}
