using System.Diagnostics;
using HubCache.Ownership;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;
using Xunit;
using static HubCache.Tests.Maintenance.CareCache;

namespace HubCache.Tests.Maintenance;

/// <summary>Whose incomplete file it is: live unless proven dead.</summary>
public sealed class LivenessTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan TwoDays = TimeSpan.FromDays(2);
    private static readonly ProcessIdentity Me = ProcessIdentity.Current;

    private readonly CareCache _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void A_file_that_was_given_up_in_order_is_dead_at_once()
    {
        _cache.Leftover($"{Etag('e')}.free-0123abcd.incomplete");
        IncompleteFile file = Find();
        Assert.Equal(("Dead", "nobody", Etag('e')), (file.State, file.Owner, file.ETag));
    }

    [Fact]
    public void A_file_of_a_running_process_lives_however_old_and_dies_with_it()
    {
        using var child = ChildProcess.Running();
        _cache.Leftover(NameOf(child.Identity), TwoDays);
        Assert.Equal(("Live", $"HubCache process {child.Identity.Pid}", Etag('e')), (Find().State, Find().Owner, Find().ETag));

        child.Kill();
        Assert.Equal(("Dead", $"HubCache process {child.Identity.Pid}"), (Find().State, Find().Owner));
    }

    [Fact]
    public void A_zombie_writes_no_more()
    {
        using var child = ChildProcess.Zombie();
        _cache.Leftover(NameOf(child.Identity));
        Assert.Equal("Dead", Find().State);
    }

    [Fact]
    public void A_pid_that_somebody_else_has_now_does_not_keep_a_file_alive()
    {
        using var child = ChildProcess.Running();
        _cache.Leftover(NameOf(child.Identity with { Start = child.Identity.Start - 1 }));
        Assert.Equal("Dead", Find().State);
    }

    [Fact]
    public void Of_our_own_pid_only_what_we_know_of_is_live()
    {
        using (Temp temp = Temp.Create(Disk.OfThisSystem, _cache.At(Repo, "blobs"), Etag('e')))
        {
            Assert.Equal(("Live", temp.Path), (Find().State, Find().FullName));
        }

        _cache.Leftover(NameOf(Me));
        Assert.Equal("Dead", Find().State);
    }

    [Theory]
    [InlineData("ref")]
    [InlineData("link")]
    [InlineData("copy")]
    [InlineData("probe")]
    [InlineData("tree")]
    public void The_small_temps_of_ours_have_no_etag(string prefix)
    {
        _cache.Leftover(NameOf(Me, prefix));
        Assert.Equal((null, "Dead"), (Find().ETag, Find().State));
    }

    [Fact]
    public void Another_container_of_this_machine_proves_life_by_its_lock()
    {
        string path = _cache.Leftover(NameOf(Me with { Namespace = "00000000" }));
        using (SafeFileHandle file = Disk.OfThisSystem.OpenForReading(path, followLink: false))
        {
            Assert.Equal(LockAnswer.Granted, Disk.OfThisSystem.TryLock(file, exclusive: false, LockedPart.BeyondAnyLength));
            Assert.Equal(("Live", "HubCache in another container"), (Find().State, Find().Owner));
        }

        // A child that another test starts at this moment shares the lock until it has become its own program.
        Assert.True(SpinWait.SpinUntil(() => Find().State == "Dead", TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Where_locks_may_mean_nothing_an_obtained_one_proves_nothing()
    {
        _cache.Leftover(NameOf(Me with { Namespace = "00000000" }));
        Assert.Equal("Unknown", Find(new DiskWithFaults { Local = false }).State);
    }

    [Fact]
    public void On_another_machine_a_refused_lock_is_a_veto_and_an_obtained_one_nothing()
    {
        string path = _cache.Leftover(NameOf(Me with { Machine = "0123abcd", Boot = "000000000000" }));
        Assert.Equal(("Unknown", "HubCache on another machine"), (Find().State, Find().Owner));

        File.SetLastWriteTimeUtc(path, DateTime.UtcNow - TwoDays);
        using SafeFileHandle file = Disk.OfThisSystem.OpenForReading(path, followLink: false);
        Disk.OfThisSystem.TryLock(file, exclusive: false, LockedPart.BeyondAnyLength);
        Assert.Equal("Live", Find().State);
    }

    [Fact]
    public async Task Age_and_two_looks_prove_death()
    {
        string name = $"{Etag('e')}.incomplete";
        _cache.Leftover(name, TwoDays);
        _cache.Leftover("young.incomplete", TimeSpan.FromHours(23));
        IncompleteCensus census = Census(Short);

        IReadOnlyList<IncompleteFile> first = All(census);
        Assert.Equal(["Unknown", "Unknown"], first.Select(file => file.State));

        long begin = Stopwatch.GetTimestamp();
        IReadOnlyList<IncompleteFile> second = await census.LookAgainAsync(first, CancellationToken.None);

        Assert.InRange(Stopwatch.GetElapsedTime(begin), Short / 2, TimeSpan.FromSeconds(30));
        Assert.Equal(
            [(name, "Dead"), ("young.incomplete", "Unknown")], second.Select(file => (Path.GetFileName(file.FullName), file.State)));
    }

    [Fact]
    public void Two_looks_in_quick_succession_are_one()
    {
        _cache.Leftover("old.incomplete", TwoDays);
        Assert.Equal("Unknown", Find().State);
        Assert.Equal("Unknown", Find().State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_change_between_the_looks_is_a_sign_of_life(bool inLength)
    {
        string path = _cache.Leftover("old.incomplete", TwoDays);
        DateTime modified = File.GetLastWriteTimeUtc(path);
        IncompleteCensus census = Census(Short);
        IReadOnlyList<IncompleteFile> first = All(census);

        // Still old enough: a machine with a wrong clock may write it.
        if (inLength)
        {
            await File.AppendAllTextAsync(path, "more");
        }

        File.SetLastWriteTimeUtc(path, inLength ? modified : modified.AddMinutes(1));

        Assert.Equal("Live", Assert.Single(await census.LookAgainAsync(first, CancellationToken.None)).State);
    }

    [Fact]
    public async Task Nothing_to_judge_by_age_means_no_waiting()
    {
        _cache.Leftover("young.incomplete");
        _cache.Leftover($"{Etag('e')}.free-0123abcd.incomplete");
        IncompleteCensus census = Census(TimeSpan.FromMinutes(10));
        IReadOnlyList<IncompleteFile> files = All(census);

        Task<IReadOnlyList<IncompleteFile>> again = census.LookAgainAsync(files, CancellationToken.None);

        Assert.True(again.IsCompleted);
        Assert.Equal(files, await again);
    }

    [Fact]
    public async Task The_wait_can_be_cancelled()
    {
        _cache.Leftover("old.incomplete", TwoDays);
        IncompleteCensus census = Census(TimeSpan.FromMinutes(10));
        using var stop = new CancellationTokenSource();
        Task again = census.LookAgainAsync(All(census), stop.Token);
        Assert.False(again.IsCompleted);

        stop.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => again.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_file_that_went_away_between_the_looks_is_not_called_dead()
    {
        string path = _cache.Leftover("old.incomplete", TwoDays);
        IncompleteCensus census = Census(Short);
        IReadOnlyList<IncompleteFile> first = All(census);
        File.Delete(path);

        IncompleteFile file = Assert.Single(await census.LookAgainAsync(first, CancellationToken.None));

        Assert.Equal("Unknown", file.State);
        Assert.Contains("not any more", file.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Age_is_told_by_the_clock_of_the_file_system()
    {
        _cache.Leftover("young.incomplete");
        var disk = new DiskWithFaults { ClockIsAheadBy = TwoDays };
        IncompleteCensus census = Census(Short, disk);

        IReadOnlyList<IncompleteFile> second = await census.LookAgainAsync(All(census), CancellationToken.None);

        Assert.Equal("Dead", Assert.Single(second).State);
    }

    [Fact]
    public void A_file_from_the_future_is_not_old()
    {
        _cache.Leftover("future.incomplete", -TwoDays);
        IncompleteFile file = Assert.Single(new IncompleteCensus(_cache.CachePath, TimeSpan.Zero, Disk.OfThisSystem, TimeSpan.Zero).Find(
            (_, _) => true, CancellationToken.None));
        Assert.Equal("Unknown", file.State);
    }

    private static IReadOnlyList<IncompleteFile> All(IncompleteCensus census) => census.Find((_, _) => true, CancellationToken.None);

    private IncompleteCensus Census(TimeSpan? betweenLooks = null, Disk? disk = null)
        => new(_cache.CachePath, null, disk ?? Disk.OfThisSystem, betweenLooks);

    private IncompleteFile Find(Disk? disk = null) => Assert.Single(All(Census(disk: disk)));
}
