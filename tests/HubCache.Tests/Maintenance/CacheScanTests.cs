using System.Diagnostics;
using HubCache.Platform;
using Xunit;
using static HubCache.Tests.Maintenance.CareCache;

namespace HubCache.Tests.Maintenance;

public sealed class CacheScanTests : IDisposable
{
    private readonly CareCache _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void A_healthy_repo_is_described_without_problems()
    {
        _cache.Healthy();
        string blob = _cache.At(Repo, "blobs", Etag('1'));
        File.SetLastWriteTimeUtc(blob, new DateTime(2024, 5, 1, 12, 0, 0, DateTimeKind.Utc));

        CachedRepo repo = Assert.Single(_cache.Scan());

        Assert.Equal(("org/name", "Model", _cache.CachePath, _cache.At(Repo)), (repo.RepoId, repo.RepoType, repo.CachePath, repo.FullName));
        Assert.Equal((5L, 1, 0), (repo.Size, repo.FileCount, repo.IncompleteFiles));
        Assert.Empty(repo.Problems);
        Assert.Equal(File.GetLastWriteTime(blob), repo.LastModified);
        Assert.Equal(DateTimeKind.Local, repo.LastModified.Kind);
        Assert.Equal(File.GetLastAccessTime(blob), repo.LastAccessed);
        CachedRevision revision = Assert.Single(repo.Revisions);
        Assert.Equal(("main", CommitA, 5L, 1), (revision.Revision, revision.CommitHash, revision.Size, revision.FileCount));
        Assert.Equal(["main"], revision.Refs);
        Assert.Equal(repo.LastModified, revision.LastModified);
    }

    [Fact]
    public void Revisions_come_newest_first_with_the_names_that_stand_for_them()
    {
        _cache.Healthy();
        _cache.Write("1234567", Repo, "blobs", Etag('2'));
        _cache.Link($"../../blobs/{Etag('2')}", Repo, "snapshots", CommitB, "new.bin");
        _cache.Link($"../../../blobs/{Etag('1')}", Repo, "snapshots", CommitB, "sub", "config.json");
        _cache.Write(CommitB + "\n", Repo, "refs", "refs", "pr", "1");
        _cache.Write($"  {CommitB}\r\n", Repo, "refs", "v1");
        File.SetLastWriteTimeUtc(_cache.At(Repo, "blobs", Etag('1')), DateTime.UtcNow.AddDays(-1));

        CachedRepo repo = Assert.Single(_cache.Scan());

        Assert.Empty(repo.Problems);
        Assert.Equal([CommitB, CommitA], repo.Revisions.Select(revision => revision.CommitHash));
        Assert.Equal(["refs/pr/1", "v1"], repo.Revisions[0].Refs);
        Assert.Equal(("refs/pr/1", 12L, 2), (repo.Revisions[0].Revision, repo.Revisions[0].Size, repo.Revisions[0].FileCount));
        Assert.Equal((12L, 3), (repo.Size, repo.FileCount));
    }

    [Fact]
    public void A_revision_without_a_ref_is_named_by_its_commit()
    {
        _cache.Healthy();
        File.Delete(_cache.At(Repo, "refs", "main"));

        CachedRepo repo = Assert.Single(_cache.Scan());

        Assert.Equal((CommitA, 0), (repo.Revisions[0].Revision, repo.Revisions[0].Refs.Length));
        Assert.Empty(repo.Problems);
    }

    [Fact]
    public void Each_file_is_counted_once_whatever_its_names()
    {
        _cache.Healthy();
        _cache.Link($"../../blobs/{Etag('1')}", Repo, "snapshots", CommitA, "again.json");
        Disk.OfThisSystem.CreateHardLink(_cache.At(Repo, "snapshots", CommitA, "hard.json"), _cache.At(Repo, "blobs", Etag('1')));

        CachedRepo repo = Assert.Single(_cache.Scan());

        Assert.Equal((5L, 3, 5L), (repo.Size, repo.FileCount, repo.Revisions[0].Size));
        Assert.Empty(repo.Problems);
    }

    [Fact]
    public void Copies_and_blobs_that_no_snapshot_names_use_the_disk_and_count()
    {
        _cache.Healthy();
        _cache.Write("1234567", Repo, "snapshots", CommitA, "sub", "copy.bin");
        _cache.Write("123", Repo, "blobs", Etag('3'));

        CachedRepo repo = Assert.Single(_cache.Scan());

        Assert.Equal((15L, 2, 12L), (repo.Size, repo.FileCount, repo.Revisions[0].Size));
        Assert.Empty(repo.Problems);
    }

    [Fact]
    public void The_shared_store_is_followed_and_each_of_its_files_counted_once()
    {
        _cache.Write("123456789", "blobs", "ab", Etag('a'));
        _cache.Link($"../../blobs/ab/{Etag('a')}", Repo, "blobs", Etag('1'));
        _cache.Link($"../../blobs/ab/{Etag('a')}", Repo, "blobs", Etag('2'));
        _cache.Link($"../../blobs/{Etag('1')}", Repo, "snapshots", CommitA, "one");
        _cache.Link($"../../blobs/{Etag('2')}", Repo, "snapshots", CommitA, "two");

        CachedRepo repo = Assert.Single(_cache.Scan());

        Assert.Equal((9L, 2, 9L), (repo.Size, repo.FileCount, repo.Revisions[0].Size));
        Assert.Empty(repo.Problems);
    }

    [Fact]
    public void Incomplete_files_are_counted_apart()
    {
        _cache.Healthy();
        _cache.Leftover(Etag('2') + ".incomplete");
        _cache.Leftover(Etag('2') + ".0123abcd.incomplete");
        _cache.Leftover(".nfs000000000123");
        _cache.Write("x", Repo, "refs", "main.0123abcd.tmp");
        _cache.Write("x", Repo, "trees", CommitA + ".json.tmp");

        CachedRepo repo = Assert.Single(_cache.Scan());

        Assert.Equal((5L, 4), (repo.Size, repo.IncompleteFiles));
        Assert.Empty(repo.Problems);
    }

    [Fact]
    public void Foreign_things_in_the_cache_are_no_repos()
    {
        _cache.Healthy();
        _cache.Write("x", "CACHEDIR.TAG");
        _cache.Write("1", "version.txt");
        _cache.Write("x", "blobs", "ab", Etag('a'));
        foreach (string name in (string[])[
            ".locks",
            "models--",
            "models--..--up",
            "models--a--b--c",
            "model--a--b",
            "Models--a--b",
            "tmpabcd",
            "xet"
        ])
        {
            Directory.CreateDirectory(_cache.At(name, "snapshots", CommitB));
        }

        Assert.Equal(["org/name"], _cache.Scan().Select(repo => repo.RepoId));
    }

    [Fact]
    public void Repos_come_by_type_and_id_and_the_filter_keeps_the_rest_unread()
    {
        foreach (string name in (string[])["spaces--b--s", "models--z", "datasets--a--d", "kernels--k--k", "models--B--x", "models--a--x"])
        {
            _cache.Healthy(name);
        }

        Assert.Equal(
            ["Model B/x", "Model a/x", "Model z", "Dataset a/d", "Space b/s", "Kernel k/k"],
            _cache.Scan().Select(repo => $"{repo.RepoType} {repo.RepoId}"));

        var disk = new DiskWithFaults();
        CachedRepo one = Assert.Single(
            CacheScan.Repos(_cache.CachePath, (id, type) => id == "a/d" && type == RepoType.Dataset, disk, CancellationToken.None));
        Assert.Equal("a/d", one.RepoId);
        Assert.DoesNotContain(disk.Calls, call => call.Path.Contains("models--", StringComparison.Ordinal));
    }

    [Fact]
    public void A_repo_folder_may_be_a_link()
    {
        _cache.Healthy();
        Directory.Move(_cache.At(Repo), Path.Combine(_cache.Root, "elsewhere"));
        _cache.Link("../elsewhere", Repo);

        CachedRepo repo = Assert.Single(_cache.Scan());

        Assert.Equal((5L, 1), (repo.Size, repo.FileCount));
        Assert.Empty(repo.Problems);
    }

    [Fact]
    public void A_link_behind_a_moved_snapshots_folder_is_judged_by_where_it_leads()
    {
        _cache.Healthy();
        Directory.Move(_cache.At(Repo, "snapshots"), Path.Combine(_cache.Root, "moved"));
        _cache.Link("../../moved", Repo, "snapshots");

        CachedRepo repo = Assert.Single(_cache.Scan());

        // From there, '../../blobs' is no longer the repo's.
        Assert.Equal((5L, 0), (repo.Size, repo.FileCount));
        Assert.Contains("is a link to nothing", Assert.Single(repo.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_cache_has_no_repos_and_a_file_is_no_cache()
    {
        string missing = Path.Combine(_cache.Root, "missing");
        Assert.Empty(CacheScan.Repos(missing, (_, _) => true, CancellationToken.None));

        File.WriteAllText(missing, "x");
        var error = Assert.Throws<HubCacheException>(() => CacheScan.Repos(missing, (_, _) => true, CancellationToken.None));
        Assert.Equal((HubErrorCode.InvalidOption, missing), (error.Code, error.Target));
    }

    [Fact]
    public void A_cache_that_cannot_be_listed_is_an_error_and_not_empty()
    {
        var disk = new DiskWithFaults
        {
            Fault = (operation, path) => operation == "list" && path == _cache.CachePath ? DiskError.AccessDenied : null
        };
        Assert.Equal(HubErrorCode.CacheReadFailed, Assert.Throws<HubCacheException>(() => _cache.Scan(disk)).Code);
    }

    [Fact]
    public void A_cancelled_scan_stops_in_the_middle_of_a_repo()
    {
        _cache.Healthy();
        using var stop = new CancellationTokenSource();
        var disk = new DiskWithFaults
        {
            Fault = (_, path) =>
            {
                if (path.EndsWith("blobs", StringComparison.Ordinal))
                {
                    stop.Cancel();
                }

                return null;
            },
        };
        Assert.Throws<OperationCanceledException>(() => CacheScan.Repos(_cache.CachePath, (_, _) => true, disk, stop.Token).Count());
    }

    [Fact]
    public void A_name_in_a_snapshot_costs_no_look_of_its_own()
    {
        _cache.Healthy();
        for (int i = 0; i < 3000; i++)
        {
            _cache.Link($"../../blobs/{Etag('1')}", Repo, "snapshots", CommitB, $"file{i}");
        }

        var disk = new DiskWithFaults();
        long begin = Stopwatch.GetTimestamp();
        Assert.Equal(3001, Assert.Single(_cache.Scan(disk)).FileCount);

        Assert.InRange(disk.Calls.Count(call => call.Operation == "look"), 1, 30);
        Assert.InRange(Stopwatch.GetElapsedTime(begin).TotalSeconds, 0, 10);
    }
}
