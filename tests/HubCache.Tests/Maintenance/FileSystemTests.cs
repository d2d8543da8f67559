using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Maintenance;

/// <summary>What is said of a file system, when it is right and when it is odd. Nothing is left behind in any case.</summary>
public sealed class FileSystemTests : IDisposable
{
    // Two more on Windows: settings of the machine.
    private static readonly int CheckCount = OperatingSystem.IsWindows() ? 28 : 26;

    private readonly CareCache _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public async Task AnOrdinaryDiskHoldsWhatIsClaimed()
    {
        IReadOnlyDictionary<string, FileSystemCheck> checks = await TryAsync(Disk.OfThisSystem, new WorkerAsSecond());

        string[] claims =
        [
            "CacheExists",
            "Writable",
            "LocksExcludeProcesses",
            "RenameIsAtomic",
            "RenameOverOpenFile",
            "FileIdentity",
            "SymbolicLinks",
            "HardLinks",
            "FlushFile",
            "ClockAgrees",
            "LongNames",
            "LongPaths",
        ];
        Assert.All(claims, claim => Assert.Equal("Yes", checks[claim].Result));
        Assert.Equal("Unknown", checks["LocksExcludeHosts"].Result);
        Assert.All(checks.Values, check =>
        {
            Assert.Equal(_cache.CachePath, check.CachePath);
            Assert.Equal(_cache.CachePath, check.TestedFolder);
            Assert.EndsWith(".", check.Meaning, StringComparison.Ordinal);
            Assert.DoesNotContain("..", check.Meaning, StringComparison.Ordinal);
            Assert.True(check.Value is null or string or int or long or double);
        });
    }

    [Fact]
    public async Task LocksThatEverybodyGetsAreSeen()
    {
        FileSystemCheck check =
            (await TryAsync(new FaultyDisk { Locks = LockAnswer.Granted }, new WorkerAsSecond()))["LocksExcludeProcesses"];

        Assert.Equal(("No", "Warning", "granted twice"), (check.Result, check.Severity, check.Value));
    }

    [Fact]
    public async Task NoLocksAtAllAreSeen()
    {
        FileSystemCheck check =
            (await TryAsync(new FaultyDisk { Locks = LockAnswer.Unsupported }, new WorkerAsSecond()))["LocksExcludeProcesses"];

        Assert.Equal(("No", "unsupported"), (check.Result, check.Value));
    }

    [Fact]
    public async Task WithoutASecondProcessTheRestIsTriedAllTheSame()
    {
        IReadOnlyDictionary<string, FileSystemCheck> checks = await TryAsync(Disk.OfThisSystem, new NoSecond());

        Assert.Equal("NotTried", checks["LocksExcludeProcesses"].Result);
        Assert.Contains("none to be had", checks["LocksExcludeProcesses"].Meaning, StringComparison.Ordinal);
        Assert.Equal("Yes", checks["RenameIsAtomic"].Result);
    }

    [Fact]
    public async Task ARenameThatLeavesNoFileForAMomentIsSeen()
    {
        var disk = new OddDisk
        {
            RenameInstead = (from, to) =>
            {
                File.Delete(to);
                Thread.Sleep(20);
                File.Move(from, to);
            },
        };

        FileSystemCheck check = (await TryAsync(disk))["RenameIsAtomic"];

        Assert.Equal(("No", "Error"), (check.Result, check.Severity));
        Assert.Contains("no file for a moment", check.Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARenameThatCopiesInPlaceIsSeen()
    {
        var disk = new OddDisk
        {
            RenameInstead = (from, to) =>
            {
                byte[] bytes = File.ReadAllBytes(from);
                File.WriteAllBytes(to, bytes[..Math.Min(100, bytes.Length)]);
                Thread.Sleep(20);
                File.WriteAllBytes(to, bytes);
                File.Delete(from);
            },
        };

        FileSystemCheck check = (await TryAsync(disk))["RenameIsAtomic"];

        Assert.Equal(("No", "Error"), (check.Result, check.Severity));
    }

    [Theory]
    [InlineData("CreateSymbolicLink", "SymbolicLinks", "Warning")]
    [InlineData("CreateHardLink", "HardLinks", "Information")]
    public async Task LinksThatAreRefusedAreSeen(string operation, string claim, string severity)
    {
        var disk = new FaultyDisk { Fault = call => call.Operation == operation ? DiskError.NotSupported : null };

        FileSystemCheck check = (await TryAsync(disk))[claim];

        Assert.Equal(("No", severity), (check.Result, check.Severity));
    }

    [Fact]
    public async Task AFlushThatIsNotThereAndOneThatFailsAreToldApart()
    {
        IReadOnlyDictionary<string, FileSystemCheck> without = await TryAsync(new OddDisk { IsFlushable = false });
        IReadOnlyDictionary<string, FileSystemCheck> failing = await TryAsync(new OddDisk { FlushError = DiskError.InputOutput });

        Assert.Equal(("No", "Warning"), (without["FlushFile"].Result, without["FlushFile"].Severity));
        Assert.Equal(("No", "Error"), (failing["FlushFile"].Result, failing["FlushFile"].Severity));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal("No", without["FlushFolder"].Result);
            Assert.Equal("Yes", failing["FlushFolder"].Result);
        }
    }

    [Fact]
    public async Task NamesThatAreOneInEitherCaseAreSeen()
    {
        Assert.Equal("No", (await TryAsync(new OddDisk { IgnoresCase = true }))["CaseSensitive"].Result);
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal("Yes", (await TryAsync(Disk.OfThisSystem))["CaseSensitive"].Result);
        }
    }

    [Fact]
    public async Task AClockOfItsOwnIsMeasured()
    {
        IReadOnlyDictionary<string, FileSystemCheck> checks =
            await TryAsync(new OddDisk { ClockAhead = TimeSpan.FromHours(-1), KeepsSecondsOnly = true });

        Assert.Equal("No", checks["ClockAgrees"].Result);
        Assert.InRange((double)checks["ClockAgrees"].Value!, -3610, -3590);
        Assert.Equal(("No", 1000.0), (checks["FineTimes"].Result, checks["FineTimes"].Value));
    }

    [Theory]
    [InlineData(254, "Warning")]
    [InlineData(143, "Warning")]
    [InlineData(142, "Error")]
    public async Task TheLongestNameIsFoundExactly(int length, string severity)
    {
        FileSystemCheck check = (await TryAsync(new OddDisk { LongestName = length }))["LongNames"];

        Assert.Equal((length, severity), (check.Value, check.Severity));
    }

    [Fact]
    public async Task AFolderForAGroupWithoutItsBitIsSeen()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const UnixFileMode Group = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;

        FileSystemCheck check = (await TryAsync(new OddDisk { Parent = Group }))["SharedGroup"];

        Assert.Equal(("No", "Warning", "0770"), (check.Result, check.Severity, check.Value));
    }

    [Theory]
    [InlineData("ReadOnly")]
    [InlineData("AccessDenied")]
    public async Task WhereNothingCanBeWrittenWhatCanBeSeenIsSaid(string error)
    {
        var disk = new FaultyDisk { Fault = call => call.Operation == nameof(Disk.MakeFolder) ? Enum.Parse<DiskError>(error) : null };

        IReadOnlyDictionary<string, FileSystemCheck> checks = await TryAsync(disk);

        Assert.Equal(("No", error), (checks["Writable"].Result, checks["Writable"].Value));
        Assert.Equal("NotTried", checks["RenameIsAtomic"].Result);
        Assert.NotEqual("NotTried", checks["IsLocal"].Result);
        Assert.NotEqual("NotTried", checks["FreeRoom"].Result);
    }

    [Fact]
    public async Task ACacheThatIsNotThereIsJudgedByTheNearestFolderAndNotMade()
    {
        string cache = _cache.At("a", "b", "hub");
        List<FileSystemCheck> checks = [];

        await FileSystemTest.RunAsync(cache, new NoSecond(), checks.Add, Disk.OfThisSystem, CancellationToken.None);

        Assert.Equal(("No", "Information"), (checks[0].Result, checks[0].Severity));
        Assert.All(checks, check => Assert.Equal((cache, _cache.CachePath), (check.CachePath, check.TestedFolder)));
        AssertNothingLeft();
    }

    [Fact]
    public async Task AFileIsNoCache()
    {
        HubCacheException error = await Assert.ThrowsAsync<HubCacheException>(
            () => FileSystemTest.RunAsync(_cache.Write("x", "file"), new NoSecond(), _ => { }, CancellationToken.None));

        Assert.Equal(HubErrorCode.InvalidOption, error.Code);
    }

    [Fact]
    public async Task AStopLeavesNothingBehind()
    {
        using var stop = new CancellationTokenSource();
        Task run = FileSystemTest.RunAsync(_cache.CachePath, new HangingSecond(), _ => { }, stop.Token);
        await Until.TrueAsync(() => Directory.EnumerateFiles(_cache.CachePath, "free.lock", SearchOption.AllDirectories).Any());

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        AssertNothingLeft();
    }

    [Fact]
    public async Task WhatAKilledTestLeftIsRemovedAndWhatALiveOneHasStays()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var dead = ChildProcess.Running();
        using var live = ChildProcess.Running();
        string NameOf(ChildProcess owner) => (IncompleteName.New("trial") with { Owner = owner.Identity }).ToString();
        string left = Directory.CreateDirectory(_cache.At(NameOf(dead), "deep")).Parent!.FullName;
        string used = Directory.CreateDirectory(_cache.At(NameOf(live))).FullName;
        dead.Kill();

        await FileSystemTest.RunAsync(_cache.CachePath, new NoSecond(), _ => { }, CancellationToken.None);

        Assert.False(Directory.Exists(left));
        Assert.True(Directory.Exists(used));
    }

    [Fact]
    public async Task AnyOperationMayFailAndEveryCheckIsAnswered()
    {
        foreach (string operation in FaultyDisk.WritingOperations
            .Where(operation => operation != nameof(Disk.Delete))
            .Append(nameof(Disk.Read))
            .Append(nameof(Disk.List)))
        {
            foreach (int first in (int[])[1, 2, 4])
            {
                await TryAsync(
                    new FaultyDisk { Fault = call => call.Operation == operation && call.Number == first ? DiskError.InputOutput : null });
            }
        }
    }

    private async Task<IReadOnlyDictionary<string, FileSystemCheck>> TryAsync(Disk disk, ISecondProcess? other = null)
    {
        List<FileSystemCheck> checks = [];
        await FileSystemTest.RunAsync(_cache.CachePath, other ?? new NoSecond(), checks.Add, disk, CancellationToken.None);
        AssertNothingLeft();
        Assert.Equal(CheckCount, checks.Count);
        return checks.ToDictionary(check => check.Check);
    }

    private void AssertNothingLeft() => Assert.Empty(Directory.EnumerateFileSystemEntries(_cache.CachePath));
}
