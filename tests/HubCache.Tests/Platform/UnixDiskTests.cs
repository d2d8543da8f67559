using System.Diagnostics;
using System.Globalization;
using HubCache.Ownership;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace HubCache.Tests.Platform;

/// <summary>The system calls, against the file system.</summary>
public sealed class UnixDiskTests : IDisposable
{
    private readonly Disk _disk = Disk.OfThisSystem;
    private readonly string _folder = Directory.CreateTempSubdirectory("hubcache-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void CreateNewTakesNothingThatIsThere()
    {
        File.WriteAllText(In("a"), "old");
        File.CreateSymbolicLink(In("link"), In("victim"));

        Assert.Equal(DiskError.Exists, Assert.Throws<DiskException>(() => _disk.CreateNew(In("a"))).Error);
        Assert.Equal(DiskError.Exists, Assert.Throws<DiskException>(() => _disk.CreateNew(In("link"))).Error);
        Assert.False(File.Exists(In("victim")));
    }

    [Fact]
    public void LinksAreFollowedOnlyWhenAsked()
    {
        File.WriteAllText(In("a"), "text");
        File.CreateSymbolicLink(In("link"), "a");

        using SafeFileHandle file = _disk.OpenForReading(In("link"), followLink: true);
        Assert.Equal(4, _disk.Look(file, In("link")).Length);
        Assert.Equal(DiskError.LinkRefused, Assert.Throws<DiskException>(() => _disk.OpenForReading(In("link"), followLink: false)).Error);
        Assert.Equal(FileKind.Link, _disk.Look(In("link"))!.Value.Kind);
        Assert.Equal(FileKind.File, _disk.LookThrough(In("link"))!.Value.Kind);
        Assert.Equal("a", _disk.ReadLink(In("link")));
        Assert.Null(_disk.ReadLink(In("a")));
    }

    [Fact]
    public void APipeOrFolderIsNoFileAndHoldsNobodyUp()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using (var mkfifo = Process.Start("mkfifo", [In("pipe")]))
        {
            mkfifo.WaitForExit();
        }

        Assert.Throws<DiskException>(() => _disk.OpenForReading(In("pipe"), followLink: true));
        Assert.Throws<DiskException>(() => _disk.OpenForReading(_folder, followLink: true));
    }

    [Fact]
    public void WhatIsMissingIsNullOrNotFound()
    {
        File.CreateSymbolicLink(In("dangling"), "none");
        File.CreateSymbolicLink(In("circle"), "circle");
        File.WriteAllText(In("a"), "text");

        Assert.Null(_disk.Look(In("none")));
        Assert.Null(_disk.LookThrough(In("dangling")));
        Assert.Null(_disk.LookThrough(In("circle")));
        Assert.Null(_disk.Look(In("a/b")));
        Assert.False(_disk.Delete(In("none")));
        Assert.Empty(_disk.List(In("none")));
        Assert.Equal(DiskError.NotFound, Assert.Throws<DiskException>(() => _disk.Rename(In("none"), In("b"))).Error);
    }

    [Fact]
    public void WhatCannotBeLookedAtIsNotMissing()
    {
        // Refused to root as well: no file system has such names.
        string longest = In(new string('a', 300));
        Assert.Equal(DiskError.BadName, Assert.Throws<DiskException>(() => _disk.ReadLink(longest)).Error);
        Assert.Equal(DiskError.BadName, Assert.Throws<DiskException>(() => _disk.Look(longest)).Error);
        Assert.Equal(DiskError.BadName, Assert.Throws<DiskException>(() => _disk.LookThrough(longest)).Error);
        Assert.Equal(DiskError.BadName, Assert.Throws<DiskException>(() => _disk.OpenForReading(longest, followLink: true)).Error);
    }

    [Fact]
    public void AFolderIsMadeOnce()
    {
        Assert.True(_disk.MakeFolder(In("folder")));
        Assert.False(_disk.MakeFolder(In("folder")));
        File.WriteAllText(In("a"), "text");
        Assert.Equal(DiskError.Exists, Assert.Throws<DiskException>(() => _disk.MakeFolder(In("a"))).Error);
    }

    [Fact]
    public void RenameKeepsTheOpenFile()
    {
        using SafeFileHandle file = _disk.CreateNew(In("a"));
        _disk.Write(file, "text"u8, 0, In("a"));
        _disk.Rename(In("a"), In("b"));
        File.Delete(In("b"));

        byte[] buffer = new byte[10];
        Assert.Equal(4, _disk.Read(file, buffer, 0, In("b")));
    }

    [Fact]
    public void RenameOntoAFolderIsRefusedAndNeverACopy()
    {
        File.WriteAllText(In("a"), "text");
        Directory.CreateDirectory(In("folder"));

        Assert.Equal(DiskError.IsAFolder, Assert.Throws<DiskException>(() => _disk.Rename(In("a"), In("folder"))).Error);
        if (Directory.Exists("/dev/shm") && !_folder.StartsWith("/dev/shm", StringComparison.Ordinal))
        {
            string other = Path.Combine("/dev/shm", Path.GetFileName(_folder));
            Assert.Equal(DiskError.CrossDevice, Assert.Throws<DiskException>(() => _disk.Rename(In("a"), other)).Error);
            Assert.False(File.Exists(other));
        }
    }

    [Fact]
    public void ReservingRoomLeavesTheLength()
    {
        using SafeFileHandle file = _disk.CreateNew(In("a"));
        _disk.Reserve(file, 1 << 20, In("a"));

        Assert.Equal(0, _disk.Look(file, In("a")).Length);
    }

    [Fact]
    public void InMemoryRoomIsComparedAndNotFilledWithZeros()
    {
        string path = Path.Combine("/dev/shm", Path.GetFileName(_folder));
        if (_disk.FileSystemOf("/dev/shm") != "tmpfs")
        {
            return;
        }

        using SafeFileHandle file = _disk.CreateNew(path);
        try
        {
            _disk.Write(file, "text"u8, 0, path);
            _disk.Reserve(file, 1 << 20, path);

            Assert.InRange(BlocksOf(path), 1, (1 << 20) / 512 / 2);
            Assert.False(_disk.CanReserve(file, 1 << 20, path));
            Assert.Equal(DiskError.NoSpace, Assert.Throws<DiskException>(() => _disk.Reserve(file, 1L << 60, path)).Error);
        }
        finally
        {
            _disk.Delete(path);
        }
    }

    [Fact]
    public void AFullDiskSaysSo()
    {
        if (!File.Exists("/dev/full"))
        {
            return;
        }

        using SafeFileHandle full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        Assert.Equal(DiskError.NoSpace, Assert.Throws<DiskException>(() => _disk.Write(full, "x"u8, 0, "/dev/full")).Error);
    }

    [Fact]
    public void TouchMovesTheTimesToNow()
    {
        using SafeFileHandle file = _disk.CreateNew(In("a"));
        File.SetLastWriteTimeUtc(In("a"), DateTime.UtcNow.AddHours(-1));
        _disk.Touch(file);

        Assert.InRange((DateTime.UtcNow - _disk.Look(In("a"))!.Value.Modified).TotalSeconds, -60, 60);
    }

    [Fact]
    public void OnlyOneHasTheExclusiveLock()
    {
        using SafeFileHandle first = _disk.OpenLockFile(In("lock"));
        using SafeFileHandle second = _disk.OpenLockFile(In("lock"));

        Assert.Equal(LockAnswer.Granted, _disk.TryLock(first, exclusive: true, LockedPart.FirstByte));
        Assert.Equal(LockAnswer.Refused, _disk.TryLock(second, exclusive: true, LockedPart.FirstByte));
        _disk.Unlock(first, LockedPart.FirstByte);
        Assert.Equal(LockAnswer.Granted, _disk.TryLock(second, exclusive: true, LockedPart.FirstByte));
    }

    [Fact]
    public void ATempHoldsOffAProbeButNoReader()
    {
        using Temp temp = Temp.Create(_disk, _folder, "probe");
        using SafeFileHandle reader = _disk.OpenForReading(temp.Path, followLink: false);

        Assert.Equal(LockAnswer.Granted, _disk.TryLock(reader, exclusive: false, LockedPart.BeyondAnyLength));
        Assert.Equal(LockAnswer.Refused, _disk.TryLock(reader, exclusive: true, LockedPart.BeyondAnyLength));
        using var stream = new FileStream(temp.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Assert.Equal(0, stream.Length);
    }

    [Fact]
    public void AFailedFlushOfARealFileIsSeen()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // A pipe cannot be synced (EINVAL): that is no failure; a closed file is one.
        SafeFileHandle file = _disk.CreateNew(In("a"));
        _disk.Flush(file, In("a"));
        _disk.FlushFolder(_folder);
        Assert.Equal(DiskError.NotFound, Assert.Throws<DiskException>(() => _disk.FlushFolder(In("none"))).Error);
        Assert.Equal(DiskError.NotAFolder, Assert.Throws<DiskException>(() => _disk.FlushFolder(In("a"))).Error);
        file.Dispose();
    }

    private static long BlocksOf(string path)
    {
        using Process stat = Process.Start(new ProcessStartInfo("stat", ["--format=%b", path]) { RedirectStandardOutput = true })!;
        return long.Parse(stat.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
    }

    private string In(string name) => Path.Combine(_folder, name);
}
