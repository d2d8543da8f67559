using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Interop;

/// <summary>What HubCache saves, the client from npm lists without complaint and takes for its own.</summary>
[Collection(NpmGroup.Name)]
public sealed class ReadByNpmTests(NpmClient npm)
{
    private static readonly FakeFile Config = FakeFile.FromText("config.json", "{ \"model_type\": \"one\" }\n");
    private static readonly FakeFile NewConfig = FakeFile.FromText("config.json", "{ \"model_type\": \"two\" }\n");
    private static readonly FakeFile Weights = FakeFile.Generated("model.safetensors", 9_000_000);
    private static readonly FakeFile Empty = FakeFile.FromText("__init__.py", "");
    private static readonly FakeFile Deep = FakeFile.FromText("sub/deep/vocab.txt", "a\nb\n");
    private static readonly FakeFile DeepWeights = FakeFile.Generated("sub/adapter.bin", 200_000, seed: 2);
    private static readonly string[] AllNames = [.. new[] { Config, Weights, Empty, Deep, DeepWeights }.Select(file => file.Path)];

    [NpmFact]
    public async Task ItListsReposRevisionsRefsAndSizes()
    {
        await using TestCache cache = await TestCache.StartAsync();
        (string first, string second, string proposed) = await SaveAsync(cache);
        cache.Hub.AddRepo("org/data", "dataset").Commit("main", [Deep, Config]);
        await SaveAsync(cache, "org/data", "main", [Deep.Path, Config.Path], RepoType.Dataset);
        LeaveLeftovers(cache);

        ClientScan scan = await npm.ScanAsync(cache.Path);

        Assert.Empty(scan.Warnings);
        ClientRepo model = scan.Repo("model", "org/name");
        Assert.Equal(["main"], model.Revision(second).Refs);
        Assert.Equal(["v1"], model.Revision(first).Refs);
        Assert.Equal(3, model.Revisions.Length);

        // The client sees neither refs nor files in subfolders; two revisions share the weights.
        Assert.Empty(model.Revision(proposed).Refs);
        Assert.Equal(Config.Size + Weights.Size, model.Revision(first).Size);
        Assert.Equal(NewConfig.Size + Weights.Size, model.Revision(second).Size);
        Assert.Equal(Config.Size + NewConfig.Size + Weights.Size, model.Size);
        Assert.Equal(Config.Size, scan.Repo("dataset", "org/data").Size);
        Assert.All(scan.Repos.SelectMany(repo => repo.Revisions).SelectMany(revision => revision.Files), file =>
            Assert.Equal($"../../blobs/{Path.GetFileName(file.Blob)}", new FileInfo(file.Path).LinkTarget));
    }

    [NpmFact]
    public async Task ItListsARepoOfWhichOnlyAPinnedCommitWasSaved()
    {
        await using TestCache cache = await TestCache.StartAsync();
        string commit = cache.Hub.AddRepo("org/name").Commit("main", [Config]);
        await SaveAsync(cache, "org/name", commit, [Config.Path]);

        ClientScan scan = await npm.ScanAsync(cache.Path);

        Assert.Empty(scan.Warnings);
        Assert.Empty(scan.Repo("model", "org/name").Revision(commit).Refs);
    }

    [NpmFact]
    public async Task ItListsARepoOfWhichOnlyAMissingFileIsKnown()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [Config]);
        await cache.DownloadAsync("org/name", "missing.json");

        ClientScan scan = await npm.ScanAsync(cache.Path);

        Assert.Empty(scan.Warnings);
        Assert.Empty(scan.Repo("model", "org/name").Revisions);
    }

    [NpmFact]
    public async Task ItFindsEveryFileWithoutTheNetwork()
    {
        await using TestCache cache = await TestCache.StartAsync();
        (string first, _, _) = await SaveAsync(cache);

        string?[] found = await npm.LookUpAsync(cache.Path, "model", "org/name", first, [.. AllNames, "missing.json"]);

        string snapshot = Path.Combine(cache.Path, "models--org--name", "snapshots", first);
        Assert.Equal(AllNames.Select(name => Path.Combine(snapshot, name)).Append(null), found);
    }

    [NpmFact]
    public async Task ItFetchesNoFileAgain()
    {
        await using TestCache cache = await TestCache.StartAsync();
        (_, string second, string proposed) = await SaveAsync(cache);
        IReadOnlyList<string> before = cache.Files();
        cache.Hub.Log.Clear();

        string[] files = await npm.DownloadAsync(cache.Hub.Endpoint, cache.Path, "model", "org/name", "main", AllNames);
        string[] snapshot = await npm.DownloadAsync(cache.Hub.Endpoint, cache.Path, "model", "org/name", "main");
        string[] proposal = await npm.DownloadAsync(cache.Hub.Endpoint, cache.Path, "model", "org/name", "refs/pr/1", Config.Path);

        string snapshots = Path.Combine(cache.Path, "models--org--name", "snapshots");
        Assert.Equal(AllNames.Select(name => Path.Combine(snapshots, second, name)), files);
        Assert.Equal([Path.Combine(snapshots, second)], snapshot);
        Assert.Equal([Path.Combine(snapshots, proposed, Config.Path)], proposal);
        Assert.Equal(0, cache.Hub.Log.Count("/resolve/"));
        Assert.Equal(0, cache.Hub.Log.Count(origin: Origin.Storage));
        Assert.Equal(before, cache.Files());
    }

    /// <summary>Two commits of main that share blobs, the first by its tag, and a proposal. Something is missing, too.</summary>
    private static async Task<(string First, string Second, string Proposed)> SaveAsync(TestCache cache)
    {
        FakeRepo repo = cache.Hub.AddRepo("org/name");
        string first = repo.Commit("main", [Config, Weights, Empty, Deep, DeepWeights]);
        repo.SetTag("v1", first);
        repo.SetRef("refs/pr/1", first);
        string second = repo.Commit("main", [NewConfig]);
        string proposed = repo.Commit("refs/pr/1", [FakeFile.FromText("README.md", "Proposed.\n")]);
        await SaveAsync(cache, "org/name", "v1", AllNames);
        await SaveAsync(cache, "org/name", "main", AllNames);
        await SaveAsync(cache, "org/name", "refs/pr/1", [Config.Path]);
        await cache.DownloadAsync("org/name", "missing.json");
        return (first, second, proposed);
    }

    private static async Task SaveAsync(TestCache cache, string repo, string revision, string[] files, RepoType type = RepoType.Model)
    {
        var request = new DownloadRequest
        {
            RepoId = RepoId.Parse(repo),
            RepoType = type,
            Revision = Revision.Parse(revision),
            Files = [.. files.Select(HubFileName.Parse)],
        };
        Assert.All(await cache.DownloadAsync(request), outcome => Assert.Null(outcome.Error));
    }

    private static void LeaveLeftovers(TestCache cache)
    {
        string blobs = Path.Combine(cache.Path, "models--org--name", "blobs");
        string etag = new('a', 64);
        foreach (string name in (string[])[$"{etag}.incomplete", $"{etag}.0123abcd.incomplete", $"{etag}.free-0123abcd.incomplete"])
        {
            File.WriteAllText(Path.Combine(blobs, name), "partial");
        }
    }
}
