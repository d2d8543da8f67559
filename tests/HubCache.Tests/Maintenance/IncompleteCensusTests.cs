using HubCache.Platform;
using Xunit;
using static HubCache.Tests.Maintenance.CareCache;

namespace HubCache.Tests.Maintenance;

/// <summary>What is found, and what is left alone.</summary>
public sealed class IncompleteCensusTests : IDisposable
{
    private readonly CareCache _cache = new();

    public void Dispose() => _cache.Dispose();

    [Theory]
    [InlineData("blobs/{etag}.incomplete", true)]
    [InlineData("blobs/{etag}.0123abcd.incomplete", true)]
    [InlineData("blobs/{etag}.part", true)]
    [InlineData("blobs/anything.incomplete", false)]
    [InlineData("blobs/tmp_probe", false)]
    [InlineData("tmp_probe", false)]
    [InlineData("trees/{commit}.json.tmp", false)]
    [InlineData("trees/tmp_abc", false)]
    [InlineData("refs/main.0123abcd.tmp", false)]
    [InlineData("refs/refs/pr/1.0123abcd.tmp", false)]
    [InlineData("refs/main.tmp", false)]
    public void Leftovers_of_other_clients_are_found(string name, bool hasEtag)
    {
        _cache.Healthy();
        string path = _cache.Write("part", [Repo, .. Filled(name).Split('/')]);

        IncompleteFile file = Assert.Single(Find());

        Assert.Equal((path, "org/name", "Model", 4L), (file.FullName, file.RepoId, file.RepoType, file.Length));
        Assert.Equal(hasEtag ? Etag('e') : null, file.ETag);
        Assert.Equal(("another client", "Unknown"), (file.Owner, file.State));
        Assert.Equal(File.GetLastWriteTime(path), file.LastModified);
        Assert.Equal(DateTimeKind.Local, file.LastModified.Kind);
        Assert.Equal(1, Assert.Single(_cache.Scan()).IncompleteFiles);
    }

    [Theory]
    [InlineData("blobs/.nfs0123.incomplete")]
    [InlineData("refs/.nfs0123.tmp")]
    [InlineData("trees/.nfs0123.tmp")]
    [InlineData("blobs/{etag}")]
    [InlineData("blobs/{etag}.lock")]
    [InlineData("trees/{commit}.json")]
    [InlineData("refs/main.incomplete")]
    [InlineData("snapshots/{commit}/data.incomplete")]
    [InlineData("snapshots/{commit}/data.part")]
    [InlineData("stray.incomplete")]
    public void What_is_no_leftover_is_not_found(string name)
    {
        _cache.Healthy();
        _cache.Write("part", [Repo, .. Filled(name).Split('/')]);
        Assert.Empty(Find());
    }

    [Fact]
    public void A_branch_may_end_in_tmp()
    {
        _cache.Healthy();
        _cache.Write(CommitA + "\n", Repo, "refs", "x.tmp");
        _cache.Write(CommitA, Repo, "refs", "y.tmp", "z");
        Assert.Empty(Find());
        Assert.Equal(["main", "x.tmp", "y.tmp/z"], Assert.Single(_cache.Scan()).Revisions[0].Refs);

        string temp = _cache.Write(CommitA, Repo, "refs", "x.0123abcd.tmp");
        string stale = _cache.Write(CommitB, Repo, "refs", "stale.tmp");
        Assert.Equal([stale, temp], Find().Select(file => file.FullName));
    }

    [Fact]
    public void A_ref_that_cannot_be_read_is_not_taken_for_a_leftover()
    {
        _cache.Healthy();
        _cache.Write(CommitA, Repo, "refs", "x.tmp");
        var disk = new DiskWithFaults { Fault = (operation, _) => operation == "open" ? DiskError.AccessDenied : null };
        Assert.Empty(new IncompleteCensus(_cache.CachePath, null, disk, null).Find((_, _) => true, CancellationToken.None));
    }

    [Fact]
    public void Links_and_folders_with_such_names_are_neither_followed_nor_found()
    {
        _cache.Healthy();
        string outside = Path.Combine(_cache.Root, "outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "a.incomplete"), "x");
        File.WriteAllText(Path.Combine(outside, "a.tmp"), "x");
        _cache.Link(Path.Combine(outside, "a.incomplete"), Repo, "blobs", Etag('e') + ".incomplete");
        _cache.Link(outside, Repo, "blobs", "folder.incomplete");
        _cache.Link(outside, Repo, "refs", "outside");
        _cache.Link(outside, Repo, "trees");
        _cache.Write("x", Repo, "blobs", "real.incomplete", "a.incomplete");
        _cache.Link(outside, "models--a--b", "blobs");

        Assert.Empty(Find());
        Assert.Equal([0, 0], _cache.Scan().Select(repo => repo.IncompleteFiles));
    }

    [Fact]
    public void Only_the_repos_that_were_asked_for_are_looked_into()
    {
        _cache.Write("x", "models--a--b", "blobs", "a.incomplete");
        _cache.Write("x", "datasets--a--b", "blobs", "a.incomplete");
        _cache.Write("x", "blobs", "ab", "a.incomplete");
        _cache.Write("x", "elsewhere", "blobs", "a.incomplete");

        Assert.Equal(["Model", "Dataset"], Find().Select(file => file.RepoType));
        Assert.Equal("Dataset", Assert.Single(Census().Find((_, type) => type == RepoType.Dataset, CancellationToken.None)).RepoType);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("look")]
    public void A_folder_that_may_not_be_read_has_none_and_is_told_of(string refused)
    {
        _cache.Write("x", "models--a--b", "blobs", "a.incomplete");
        _cache.Write("x", "models--c--d", "blobs", "a.incomplete");
        var disk = new DiskWithFaults
        {
            Fault = (operation, path) =>
                operation == refused && path.Contains("models--a--b/", StringComparison.Ordinal) ? DiskError.AccessDenied : null,
        };
        var errors = new List<HubCacheException>();
        var census = new IncompleteCensus(_cache.CachePath, null, disk, null) { OnUnreadable = errors.Add };
        Assert.Equal("c/d", Assert.Single(census.Find((_, _) => true, CancellationToken.None)).RepoId);
        Assert.Equal(HubErrorCode.CacheReadFailed, Assert.Single(errors).Code);
    }

    [Fact]
    public void A_missing_cache_has_none_and_a_negative_age_is_refused()
    {
        Assert.Empty(new IncompleteCensus(Path.Combine(_cache.Root, "missing"), null).Find((_, _) => true, CancellationToken.None));
        var error = Assert.Throws<HubCacheException>(() => new IncompleteCensus(_cache.CachePath, TimeSpan.FromSeconds(-1)));
        Assert.Equal(HubErrorCode.InvalidOption, error.Code);
    }

    [Fact]
    public void The_clock_is_asked_once_for_a_repo_and_only_when_age_matters()
    {
        var disk = new DiskWithFaults();
        _cache.Leftover($"{Etag('e')}.free-0123abcd.incomplete");
        new IncompleteCensus(_cache.CachePath, null, disk, null).Find((_, _) => true, CancellationToken.None);
        Assert.DoesNotContain(disk.Calls, call => call.Operation == "create");

        _cache.Leftover("a.incomplete");
        _cache.Leftover("b.incomplete");
        new IncompleteCensus(_cache.CachePath, null, disk, null).Find((_, _) => true, CancellationToken.None);
        Assert.Single(disk.Calls, call => call.Operation == "create");
        Assert.Equal(3, Directory.GetFiles(_cache.At(Repo, "blobs")).Length);
    }

    private static string Filled(string name)
    {
        return name.Replace("{etag}", Etag('e'), StringComparison.Ordinal).Replace("{commit}", CommitA, StringComparison.Ordinal);
    }

    private IncompleteCensus Census() => new(_cache.CachePath, null);

    private IReadOnlyList<IncompleteFile> Find() => Census().Find((_, _) => true, CancellationToken.None);
}
