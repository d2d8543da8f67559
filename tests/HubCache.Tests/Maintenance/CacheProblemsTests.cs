using System.Diagnostics;
using HubCache.Platform;
using Xunit;
using static HubCache.Tests.Maintenance.CareCache;

namespace HubCache.Tests.Maintenance;

/// <summary>Each trouble becomes one sentence, and what is sound beside it stays in view.</summary>
public sealed class CacheProblemsTests : IDisposable
{
    private readonly CareCache _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void A_link_to_nothing()
        => Troubled("is a link to nothing", () => _cache.Link($"../../blobs/{Etag('9')}", Repo, "snapshots", CommitA, "gone.bin"));

    [Fact]
    public void A_link_loop() => Troubled("is a link to nothing", () => _cache.Link("loop", Repo, "snapshots", CommitA, "loop"));

    [Fact]
    public void A_link_to_a_folder_above_itself() => Troubled("no file", () => _cache.Link("..", Repo, "snapshots", CommitA, "up"));

    [Fact]
    public void A_snapshot_that_is_a_link() => Troubled("no snapshot", () => _cache.Link(CommitA, Repo, "snapshots", CommitB));

    [Fact]
    public void A_snapshot_that_is_a_file() => Troubled("no snapshot", () => _cache.Write("x", Repo, "snapshots", CommitB));

    [Theory]
    [InlineData("main")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData(" aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A_snapshot_whose_name_is_no_commit(string name)
        => Troubled("no commit hash", () => _cache.Write("x", Repo, "snapshots", name, "file"));

    [Theory]
    [InlineData("")]
    [InlineData("main")]
    [InlineData("../../../../etc/passwd")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A_ref_with_garbage(string content) => Troubled("no commit hash", () => _cache.Write(content, Repo, "refs", "dev"));

    [Fact]
    public void A_ref_that_is_a_link_to_a_folder() => Troubled("no ref", () => _cache.Link("../snapshots", Repo, "refs", "dev"));

    [Fact]
    public void A_ref_whose_name_git_refuses() => Troubled("no ref", () => _cache.Write(CommitA, Repo, "refs", "a b"));

    [Fact]
    public void A_ref_to_a_commit_that_is_missing() => Troubled(CommitB, () => _cache.Write(CommitB, Repo, "refs", "dev"));

    [Fact]
    public void A_blob_that_is_a_folder() => Troubled("no blob", () => Directory.CreateDirectory(_cache.At(Repo, "blobs", Etag('2'))));

    [Fact]
    public void A_blob_that_is_a_link_to_nothing()
        => Troubled("is a link to nothing", () => _cache.Link("../../blobs/ab/missing", Repo, "blobs", Etag('2')));

    [Fact]
    public void A_file_where_trees_of_other_clients_should_be_is_nobodys_trouble()
    {
        _cache.Healthy();
        _cache.Write("x", Repo, "trees");
        Assert.Empty(Assert.Single(_cache.Scan()).Problems);
    }

    [Fact]
    public void A_pipe_in_a_snapshot_is_not_opened()
    {
        Troubled("neither a file nor a folder", () => Process.Start("mkfifo", _cache.At(Repo, "snapshots", CommitA, "pipe")).WaitForExit());
    }

    [Fact]
    public void A_link_to_a_file_outside_is_told_and_its_bytes_are_not_the_caches()
    {
        string outside = Path.Combine(_cache.Root, "outside");
        File.WriteAllText(outside, "a stranger's bytes");
        Troubled("is a link to a file that is not the cache's", () => _cache.Link(outside, Repo, "snapshots", CommitA, "out"), files: 2);
    }

    [Fact]
    public void A_blob_that_was_moved_elsewhere_counts_and_is_told()
    {
        string outside = Path.Combine(_cache.Root, "outside");
        File.WriteAllText(outside, "1234567890");
        Troubled("leads out of the cache", () => _cache.Link(outside, Repo, "blobs", Etag('2')), size: 15);
    }

    [Theory]
    [InlineData("refs")]
    [InlineData("blobs")]
    [InlineData("snapshots")]
    public void A_file_where_a_folder_should_be(string name)
    {
        _cache.Healthy();
        Directory.Delete(_cache.At(Repo, name), recursive: true);
        _cache.Write("x", Repo, name);

        CachedRepo repo = Assert.Single(_cache.Scan());

        Assert.Contains(repo.Problems, problem => problem == $"'{name}' is no folder, where one should be.");
    }

    [Fact]
    public void A_repo_without_snapshots()
    {
        _cache.Write("12345", Repo, "blobs", Etag('1'));

        CachedRepo repo = Assert.Single(_cache.Scan());

        Assert.Equal(5, repo.Size);
        Assert.Contains("snapshots", Assert.Single(repo.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_repo_that_is_a_file_or_a_broken_link()
    {
        _cache.Write("x", "models--a--file");
        _cache.Link("nowhere", "models--b--dangling");
        _cache.Link("models--c--loop", "models--c--loop");
        _cache.Healthy();

        IReadOnlyList<CachedRepo> repos = _cache.Scan();

        Assert.Equal(["a/file", "b/dangling", "c/loop", "org/name"], repos.Select(repo => repo.RepoId));
        Assert.Equal([1, 1, 1, 0], repos.Select(repo => repo.Problems.Length));
    }

    [Fact]
    public void A_repo_that_may_not_be_read_is_listed_all_the_same()
    {
        _cache.Healthy("models--a--denied");
        _cache.Healthy();
        var disk = new DiskWithFaults
        {
            Fault = (_, path) => path.Contains("models--a--denied/", StringComparison.Ordinal) ? DiskError.AccessDenied : null
        };

        IReadOnlyList<CachedRepo> repos = _cache.Scan(disk);

        Assert.Equal([("a/denied", 0L), ("org/name", 5L)], repos.Select(repo => (repo.RepoId, repo.Size)));
        Assert.Contains("cannot be read", repos[0].Problems[0], StringComparison.Ordinal);
        Assert.Empty(repos[1].Problems);
    }

    [Fact]
    public void A_repo_that_may_not_even_be_looked_at_is_listed_all_the_same()
    {
        _cache.Healthy();
        var disk =
            new DiskWithFaults { Fault = (_, path) => path.Contains(Repo, StringComparison.Ordinal) ? DiskError.AccessDenied : null };

        Assert.Contains("cannot be read", Assert.Single(Assert.Single(_cache.Scan(disk)).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_cannot_be_looked_at_does_not_hide_the_others()
    {
        var disk = new DiskWithFaults
        {
            Fault = (operation, path) =>
                operation == "look" && path.EndsWith("bad", StringComparison.Ordinal) ? DiskError.InputOutput : null,
        };
        Troubled("cannot be read", () => _cache.Write("x", Repo, "snapshots", CommitA, "bad"), disk: disk);
    }

    private void Troubled(string problem, Action trouble, long size = 5, int files = 1, Disk? disk = null)
    {
        _cache.Healthy();
        trouble();

        CachedRepo repo = Assert.Single(_cache.Scan(disk ?? Disk.OfThisSystem));

        Assert.Contains(problem, Assert.Single(repo.Problems), StringComparison.Ordinal);
        Assert.Equal((size, files, CommitA), (repo.Size, repo.FileCount, Assert.Single(repo.Revisions).CommitHash));
        Assert.Equal(["main"], repo.Revisions[0].Refs);
    }
}
