using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Maintenance.Removing;

/// <summary>A cache in a temp folder with two revisions that share a blob, and a second repo.</summary>
internal sealed class RemovalCache : IDisposable
{
    public const string Repo = CareCache.Repo;
    public const string Other = "datasets--org--other";
    public const string Old = CareCache.CommitA;
    public const string New = CareCache.CommitB;

    private readonly CareCache _cache = new();

    public RemovalCache(bool isEmpty = false)
    {
        if (isEmpty)
        {
            return;
        }

        AddFile(Repo, Old, "config.json", "shared by both");
        AddFile(Repo, Old, "sub/old.bin", new string('o', 1000));
        AddFile(Repo, New, "config.json", "shared by both");
        AddFile(Repo, New, "sub/new.bin", new string('n', 3000));
        _cache.Write(Old, Repo, "refs", "v1");
        _cache.Write(New, Repo, "refs", "main");
        _cache.Write("{}", Repo, "trees", Old + ".json");
        _cache.Write(string.Empty, Repo, ".no_exist", Old, "sub", "none.txt");
        AddFile(Other, Old, "data.bin", new string('d', 500));
        _cache.Write(Old, Other, "refs", "main");
    }

    public string CachePath => _cache.CachePath;

    public string Root => _cache.Root;

    public string At(params string[] parts) => _cache.At(parts);

    public string Write(string content, params string[] parts) => _cache.Write(content, parts);

    public string Link(string target, params string[] parts) => _cache.Link(target, parts);

    /// <summary>A file whose blob has its right name.</summary>
    public string AddFile(string repo, string commit, string name, string content)
    {
        string etag = CacheRules.HashLike(new string('0', 64), System.Text.Encoding.UTF8.GetBytes(content));
        if (!File.Exists(At(repo, "blobs", etag)))
        {
            _cache.Write(content, repo, "blobs", etag);
        }

        string up = string.Concat(Enumerable.Repeat("../", name.Split('/').Length + 1));
        if (!File.Exists(At([repo, "snapshots", commit, .. name.Split('/')])))
        {
            _cache.Link($"{up}blobs/{etag}", [repo, "snapshots", commit, .. name.Split('/')]);
        }

        return At(repo, "blobs", etag);
    }

    public static RemovalSelection Of(string repo, string? revision = null, params string[] files) => new()
    {
        Matches = (id, _) => repo == "*" || id == repo,
        ExactRepo = repo == "*" ? null : repo,
        Revision = revision is null ? null : Revision.Parse(revision),
        Files = [.. files.Select(FileSelector.Parse)],
    };

    public RemovalPlan Plan(RemovalRequest request) => Remover().Plan(request, CancellationToken.None);

    public Task<Outcome> RemoveAsync(string repo, string? revision = null, params string[] files)
        => RemoveAsync(new RemovalRequest { Selections = [Of(repo, revision, files)] });

    public async Task<Outcome> RemoveAsync(RemovalRequest request, Disk? disk = null, TimeSpan grace = default)
    {
        CacheRemover remover = Remover(disk, grace);
        RemovalPlan plan = remover.Plan(request, CancellationToken.None);
        var outcome = new Outcome(plan);
        await remover.RemoveAsync(plan.Steps, outcome.Items.Add, outcome.Errors.Add, CancellationToken.None);
        return outcome;
    }

    /// <summary>No ref, link or manifest speaks of something that is not there.</summary>
    public void AssertSound()
    {
        foreach (string repo in Directory.EnumerateDirectories(CachePath, "*--*"))
        {
            foreach (string file in Directory.Exists(Path.Combine(repo, "refs"))
                ? Directory.EnumerateFiles(Path.Combine(repo, "refs"), "*", SearchOption.AllDirectories)
                : [])
            {
                Assert.True(Directory.Exists(Path.Combine(repo, "snapshots", File.ReadAllText(file))), $"{file} stands for no snapshot");
            }

            foreach (string entry in Directory.Exists(Path.Combine(repo, "snapshots"))
                ? Directory.EnumerateFileSystemEntries(Path.Combine(repo, "snapshots"), "*", SearchOption.AllDirectories)
                : [])
            {
                Assert.True(File.Exists(entry) || Directory.Exists(entry), $"{entry} leads nowhere");
            }
        }
    }

    public IReadOnlyList<string> Left(params string[] parts)
    {
        string root = At(parts);
        return Directory.Exists(root) ? [.. Directory
            .EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path))
            .Order(StringComparer.Ordinal)] : [];
    }

    public void Dispose() => _cache.Dispose();

    private CacheRemover Remover(Disk? disk = null, TimeSpan grace = default) => new(CachePath, disk ?? Disk.OfThisSystem, grace);

    internal sealed class Outcome(RemovalPlan plan)
    {
        public RemovalPlan Plan { get; } = plan;

        public List<RemovedItem> Items { get; } = [];

        public List<HubCacheException> Errors { get; } = [.. plan.Errors];

        public long Freed => Items.Sum(item => item.BytesFreed);

        public IEnumerable<RemovedItem> Kept => Items.Where(item => item.Kind == "Kept");
    }
}
