using HubCache.Ownership;
using HubCache.Platform;
using Xunit;
using static HubCache.Tests.Maintenance.CareCache;

namespace HubCache.Tests.Maintenance;

/// <summary>What is removed, what stays, and what is never touched whoever asks.</summary>
public sealed class RemoveIncompleteTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly string Free = $"{Etag('e')}.free-0123abcd.incomplete";

    private readonly CareCache _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void A_dead_file_is_removed()
    {
        string path = _cache.Leftover(Free);

        RemovedItem item = Remove(Find());

        Assert.Equal(
            ("IncompleteFile", "org/name", "Model", 4L, path), (item.Kind, item.RepoId, item.RepoType, item.BytesFreed, item.FullName));
        Assert.Null(item.Revision);
        Assert.Contains("stopped in order", item.Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_live_file_is_removed_by_force_only(bool force)
    {
        using var child = ChildProcess.Running();
        string path = _cache.Leftover(NameOf(child.Identity));

        RemovedItem item = Remove(Find(), force);

        Assert.Equal((force ? "IncompleteFile" : "Kept", force ? 4L : 0), (item.Kind, item.BytesFreed));
        Assert.Contains("is running", item.Reason, StringComparison.Ordinal);
        Assert.Equal(!force, File.Exists(path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_of_unknown_fate_is_removed_by_force_only(bool force)
    {
        string path = _cache.Leftover("young.incomplete");
        Assert.Equal(force ? "IncompleteFile" : "Kept", Remove(Find(), force).Kind);
        Assert.Equal(!force, File.Exists(path));
    }

    [Fact]
    public async Task A_file_that_came_alive_after_two_looks_is_kept_by_the_last_one()
    {
        string path = _cache.Leftover("old.incomplete", TimeSpan.FromDays(2));
        var census = new IncompleteCensus(_cache.CachePath, null, Disk.OfThisSystem, Short);
        IncompleteFile file =
            Assert.Single(await census.LookAgainAsync(census.Find((_, _) => true, CancellationToken.None), CancellationToken.None));
        Assert.Equal("Dead", file.State);

        File.SetLastWriteTimeUtc(path, DateTime.UtcNow);

        Assert.Equal("Kept", census.Remove(file, force: false).Kind);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task An_old_file_that_stayed_as_it_was_is_removed()
    {
        string path = _cache.Leftover("old.incomplete", TimeSpan.FromDays(2));
        var census = new IncompleteCensus(_cache.CachePath, null, Disk.OfThisSystem, Short);
        IncompleteFile file =
            Assert.Single(await census.LookAgainAsync(census.Find((_, _) => true, CancellationToken.None), CancellationToken.None));

        Assert.Equal("IncompleteFile", census.Remove(file, force: false).Kind);
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_that_changed_since_it_was_found_is_removed_by_force_only(bool force)
    {
        string path = _cache.Leftover(Free);
        IncompleteFile file = Find();
        File.AppendAllText(path, "more");

        Assert.Equal(force ? "IncompleteFile" : "Kept", Remove(file, force).Kind);
        Assert.Equal(!force, File.Exists(path));
    }

    [Fact]
    public void The_callers_word_for_death_is_not_taken()
    {
        using Temp temp = Temp.Create(Disk.OfThisSystem, _cache.At(Repo, "blobs"), Etag('e'));
        IncompleteFile file = Find();
        Assert.Equal("Kept", Remove(Like(file, file.FullName, state: "Dead")).Kind);
        Assert.True(File.Exists(temp.Path));
    }

    [Fact]
    public void A_file_that_is_gone_frees_nothing_and_is_no_error()
    {
        string path = _cache.Leftover(Free);
        IncompleteFile file = Find();
        File.Delete(path);

        RemovedItem item = Remove(file);

        Assert.Equal(("IncompleteFile", 0L), (item.Kind, item.BytesFreed));
        Assert.Contains("gone already", item.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_somebody_takes_over_at_the_last_moment_is_gone_too()
    {
        string path = _cache.Leftover(Free);
        var disk = new DiskWithFaults { BeforeDelete = () => File.Move(path, _cache.At(Repo, "blobs", "taken.incomplete")) };

        RemovedItem item = new IncompleteCensus(_cache.CachePath, null, disk, null).Remove(Find(), force: false);

        Assert.Equal(0, item.BytesFreed);
        Assert.True(File.Exists(_cache.At(Repo, "blobs", "taken.incomplete")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_became_a_link_or_a_folder_stays_even_by_force(bool folder)
    {
        string path = _cache.Leftover(Free);
        IncompleteFile file = Find();
        File.Delete(path);
        if (folder)
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            _cache.Link("../refs/main", Repo, "blobs", Free);
        }

        Assert.Equal(("Kept", 0L), (Remove(file, force: true).Kind, Remove(file, force: true).BytesFreed));
        Assert.True(folder ? Directory.Exists(path) : new FileInfo(path).LinkTarget is not null);
    }

    [Fact]
    public void What_became_a_ref_stays_even_by_force()
    {
        _cache.Healthy();
        string path = _cache.Write("", Repo, "refs", "x.tmp");
        IncompleteFile file = Find();
        File.WriteAllText(path, CommitA);

        Assert.Equal("Kept", Remove(file, force: true).Kind);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void A_path_that_leads_through_a_link_is_not_followed_even_by_force()
    {
        string outside = Directory.CreateDirectory(Path.Combine(_cache.Root, "outside")).FullName;
        File.WriteAllText(Path.Combine(outside, "a.incomplete"), "x");
        File.WriteAllText(Path.Combine(outside, "a.tmp"), "x");
        string blob = Path.Combine(_cache.Link(outside, Repo, "blobs"), "a.incomplete");
        string reference = Path.Combine(_cache.Link(outside, Repo, "refs", "up"), "a.tmp");

        Assert.Equal(HubErrorCode.LinkedFolder, Assert.Throws<HubCacheException>(() => Remove(At(blob), force: true)).Code);
        Assert.Equal(HubErrorCode.LinkedFolder, Assert.Throws<HubCacheException>(() => Remove(At(reference), force: true)).Code);
        Assert.Equal(2, Directory.GetFiles(outside).Length);
    }

    [Theory]
    [InlineData("{repo}/blobs/{etag}")]
    [InlineData("{repo}/blobs/.nfs0123.incomplete")]
    [InlineData("{repo}/blobs/sub/a.incomplete")]
    [InlineData("{repo}/refs/main")]
    [InlineData("{repo}/refs")]
    [InlineData("{repo}/a.incomplete")]
    [InlineData("{repo}/snapshots/a.incomplete")]
    [InlineData("{repo}/blobs/../a.incomplete")]
    [InlineData("{repo}/blobs/../../../a.incomplete")]
    [InlineData("{repo}x/../../blobs/a.incomplete")]
    [InlineData("blobs/ab/a.incomplete")]
    [InlineData("elsewhere/blobs/a.incomplete")]
    [InlineData("../outside/models--org--name/blobs/a.incomplete")]
    [InlineData("")]
    public void A_path_that_is_no_incomplete_files_is_refused(string place)
    {
        string path = place.Length == 0
            ? _cache.CachePath
            : Path.Combine(
                _cache.CachePath,
                place.Replace("{repo}", Repo, StringComparison.Ordinal).Replace("{etag}", Etag('e'), StringComparison.Ordinal));
        var error = Assert.Throws<HubCacheException>(() => Remove(At(path), force: true));
        Assert.Equal((HubErrorCode.InvalidOption, path), (error.Code, error.Target));
    }

    [Theory]
    [InlineData("models--org--name/blobs/a.incomplete")]
    [InlineData("")]
    [InlineData("/\0")]
    public void A_path_that_is_not_full_is_refused(string path)
    {
        Assert.Equal(HubErrorCode.InvalidOption, Assert.Throws<HubCacheException>(() => Remove(At(path), force: true)).Code);
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("look")]
    public void A_file_that_cannot_be_removed_is_an_error_with_advice(string failing)
    {
        string path = _cache.Leftover(Free);
        IncompleteFile file = Find();
        var disk = new DiskWithFaults { Fault = (operation, at) => operation == failing && at == path ? DiskError.ReadOnly : null };

        var error =
            Assert.Throws<HubCacheException>(() => new IncompleteCensus(_cache.CachePath, null, disk, null).Remove(file, force: true));

        Assert.Equal((HubErrorCode.CacheWriteFailed, path), (error.Code, error.Target));
        Assert.Contains("as the test ordered", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Advice);
        Assert.True(File.Exists(path));
    }

    private static IncompleteFile Like(IncompleteFile file, string fullName, string state)
    {
        return new IncompleteFile
        {
            RepoId = file.RepoId,
            RepoType = file.RepoType,
            FullName = fullName,
            ETag = file.ETag,
            Length = file.Length,
            LastModified = file.LastModified,
            Owner = file.Owner,
            State = state,
            Reason = file.Reason,
        };
    }

    private static IncompleteFile At(string path)
    {
        return new IncompleteFile
        {
            RepoId = "org/name",
            RepoType = "Model",
            FullName = path,
            ETag = null,
            Length = 1,
            LastModified = DateTime.Now,
            Owner = "nobody",
            State = "Dead",
            Reason = "Somebody says so.",
        };
    }

    private IncompleteFile Find()
        => Assert.Single(new IncompleteCensus(_cache.CachePath, null).Find((_, _) => true, CancellationToken.None));

    private RemovedItem Remove(IncompleteFile file, bool force = false) => new IncompleteCensus(_cache.CachePath, null).Remove(file, force);
}
