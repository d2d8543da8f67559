using HubCache.Platform;
using HubCache.Platform.Windows;
using HubCache.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace HubCache.Tests.Platform;

/// <summary>The Windows side: on Windows with its own calls, elsewhere with calls that keep the rules of Windows.</summary>
public sealed class WindowsDiskTests : IDisposable
{
    private const string RenameByHandle = "Set22";
    private const string OldRenameByHandle = "Set3";

    private readonly LinuxAsWindows _calls = new();
    private readonly WindowsDisk _disk;
    private readonly string _folder = Directory.CreateTempSubdirectory("hubcache-").FullName;

    public WindowsDiskTests()
        => _disk = new WindowsDisk(OperatingSystem.IsWindows() ? new WindowsCalls() : _calls, TimeSpan.FromMilliseconds(300));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [LinuxOrWindowsFact]
    public void NothingIsAtAPathThatIsMissing()
    {
        File.WriteAllText(In("file"), "text");
        foreach (string missing in (string[])[In("none"), In("none/below"), In("file/below")])
        {
            Assert.Null(_disk.Look(missing));
            Assert.Null(_disk.LookThrough(missing));
            Assert.Null(_disk.ReadLink(missing));
            Assert.False(_disk.Delete(missing));
            Assert.Empty(_disk.List(missing));
        }
    }

    [LinuxOrWindowsFact]
    public void AFileAndAFolderAreSeenWithAndWithoutLinks()
    {
        File.WriteAllText(In("file"), "text");
        Assert.Equal((FileKind.File, 4), (_disk.LookThrough(In("file"))!.Value.Kind, _disk.LookThrough(In("file"))!.Value.Length));
        Assert.Equal(FileKind.Folder, _disk.LookThrough(_folder)!.Value.Kind);
        Assert.Equal(FileKind.Folder, _disk.Look(_folder)!.Value.Kind);
    }

    [LinuxOrWindowsFact]
    public void TheRootOfAFileSystemIsAFolder()
    {
        string root = Path.GetPathRoot(_folder)!;
        Assert.Equal(FileKind.Folder, _disk.Look(root)!.Value.Kind);
        Assert.Equal(FileKind.Folder, _disk.LookThrough(root)!.Value.Kind);
        Assert.False(_disk.MakeFolder(root));
    }

    [LinuxOrWindowsFact]
    public void WhatIsThereIsDeletedOnce()
    {
        File.WriteAllText(In("file"), "text");
        Assert.True(_disk.Delete(In("file")));
        Assert.False(_disk.Delete(In("file")));
    }

    [LinuxOrWindowsFact]
    public void TwoNamesOfAFileAreOneAndAreCounted()
    {
        File.WriteAllText(In("file"), "text");
        File.WriteAllText(In("other"), "text");
        _disk.CreateHardLink(In("second"), In("file"));

        FileFacts file = _disk.Look(In("file"))!.Value;
        Assert.True(file.Identity.IsKnown);
        Assert.True(file.Identity == _disk.Look(In("second"))!.Value.Identity);
        Assert.False(file.Identity == _disk.Look(In("other"))!.Value.Identity);
        Assert.Equal(2u, file.Links);
    }

    [LinuxFact]
    public void AFileSystemWithoutNumbersTellsNoTwoFilesApart()
    {
        File.WriteAllText(In("file"), "text");
        var disk = new WindowsDisk(new LinuxAsWindows { HasIdentities = false });
        Assert.False(disk.Look(In("file"))!.Value.Identity.IsKnown);
    }

    [LinuxOrWindowsFact]
    public void BytesAreWrittenWholeAndReadToTheEnd()
    {
        using SafeFileHandle file = _disk.CreateNew(In("file"));
        _disk.Write(file, "12345678"u8, 0, In("file"));
        _disk.Write(file, "9"u8, 8, In("file"));

        byte[] buffer = new byte[20];
        Assert.Equal(9, _disk.Read(file, buffer, 0, In("file")));
        Assert.Equal("123456789"u8.ToArray(), buffer[..9]);
        Assert.Equal(0, _disk.Read(file, buffer, 9, In("file")));
    }

    [LinuxOrWindowsFact]
    public void WhatWasOpenedForReadingIsFlushedByAnotherHandle()
    {
        File.WriteAllText(In("file"), "text");
        using SafeFileHandle file = _disk.OpenForReading(In("file"), followLink: true);
        _disk.Flush(file, In("file"));
    }

    [LinuxOrWindowsFact]
    public void AnotherFileIsNotFlushedInItsPlace()
    {
        File.WriteAllText(In("file"), "text");
        using SafeFileHandle file = _disk.OpenForReading(In("file"), followLink: true);
        File.Move(In("file"), In("old"));
        File.WriteAllText(In("file"), "another");

        Assert.Equal(DiskError.Stale, Assert.Throws<DiskException>(() => _disk.Flush(file, In("file"))).Error);
    }

    [LinuxOrWindowsFact]
    public void AnOpenFileIsRenamedWhateverHasItsName()
    {
        using SafeFileHandle file = _disk.CreateNew(In("temp"));
        _disk.Write(file, "ours"u8, 0, In("temp"));
        File.WriteAllText(In("final"), "old");
        _disk.RenameOpen(file, In("temp"), In("final"));

        Assert.Equal("ours", ReadShared(In("final")));
        Assert.False(File.Exists(In("temp")));
    }

    [LinuxTheory]
    [InlineData(87, new[] { RenameByHandle, OldRenameByHandle })] // Windows before 1607, FAT, many servers: INVALID_PARAMETER
    [InlineData(50, new[] { RenameByHandle, OldRenameByHandle })]
    public void WithoutPosixRenameTheOldOneIsUsed(int unknown, string[] expected)
    {
        _calls.Answer = (call, _) => call == RenameByHandle ? unknown : null;
        using SafeFileHandle file = _disk.CreateNew(In("temp"));
        _calls.Calls.Clear();
        _disk.RenameOpen(file, In("temp"), In("final"));

        Assert.Equal(expected, _calls.Calls);
        Assert.True(File.Exists(In("final")));
    }

    [LinuxFact]
    public void WithoutAnyRenameByHandleItIsMovedByItsPath()
    {
        _calls.Answer = (call, _) => call is RenameByHandle or OldRenameByHandle ? WindowsErrors.NotSupported : null;
        using SafeFileHandle file = _disk.CreateNew(In("temp"));
        _disk.RenameOpen(file, In("temp"), In("final"));

        Assert.Equal("Move", _calls.Calls[^1]);
        Assert.True(File.Exists(In("final")));
    }

    [LinuxFact]
    public void WhoeverHoldsAFileIsWaitedForAndThenNamed()
    {
        int held = 3;
        _calls.Answer = (call, _) => call == RenameByHandle && held-- > 0 ? WindowsErrors.SharingViolation : null;
        using SafeFileHandle file = _disk.CreateNew(In("temp"));
        _disk.RenameOpen(file, In("temp"), In("final"));
        Assert.True(File.Exists(In("final")));

        _calls.Answer = (call, _) => call == RenameByHandle ? WindowsErrors.SharingViolation : null;
        Assert.Equal(DiskError.Busy, Assert.Throws<DiskException>(() => _disk.RenameOpen(file, In("final"), In("temp"))).Error);
    }

    [LinuxFact]
    public void WhatIsReallyDeniedIsNotWaitedFor()
    {
        using SafeFileHandle file = _disk.CreateNew(In("temp"));
        _calls.Answer = (call, path) => call == RenameByHandle || path == In("final") ? WindowsErrors.AccessDenied : null;
        _calls.Calls.Clear();
        Assert.Equal(DiskError.AccessDenied, Assert.Throws<DiskException>(() => _disk.RenameOpen(file, In("temp"), In("final"))).Error);
        Assert.Single(_calls.Calls, RenameByHandle);
    }

    [LinuxFact]
    public void ALinkThatWasNotMadeIsNoLink()
    {
        _calls.Answer = (call, _) => call == "MakeSymbolicLink" ? 0 : null;
        Assert.Equal(DiskError.NotSupported, Assert.Throws<DiskException>(() => _disk.CreateSymbolicLink(In("link"), "target")).Error);
    }

    [LinuxFact]
    public void TheThousandTwentyFourthLinkIsSaidToBeTooMany()
    {
        File.WriteAllText(In("file"), "text");
        _calls.Answer = (call, _) => call == "MakeHardLink" ? 1142 : null;
        Assert.Equal(DiskError.TooManyLinks, Assert.Throws<DiskException>(() => _disk.CreateHardLink(In("link"), In("file"))).Error);
    }

    [LinuxFact]
    public void LinksAreNotFollowedWhereTheyAreNotMeant()
    {
        File.WriteAllText(In("file"), "text");
        File.CreateSymbolicLink(In("link"), "file");
        File.CreateSymbolicLink(In("dangling"), "none");
        File.CreateSymbolicLink(In("circle"), "circle");

        Assert.Equal(FileKind.Link, _disk.Look(In("link"))!.Value.Kind);
        Assert.Equal(FileKind.File, _disk.LookThrough(In("link"))!.Value.Kind);
        Assert.Null(_disk.LookThrough(In("dangling")));
        Assert.Null(_disk.LookThrough(In("circle")));
        foreach (Func<string, SafeFileHandle> open in (Func<string, SafeFileHandle>[])[
            _disk.OpenForAppending,
            _disk.OpenLockFile,
            path => _disk.OpenForReading(path, followLink: false)
        ])
        {
            Assert.Throws<DiskException>(() => open(In("link")));
        }

        Assert.True(_disk.Delete(In("link")));
        Assert.True(File.Exists(In("file")));
    }

    [LinuxFact]
    public void RoomIsThatOfTheFolder()
    {
        Assert.Equal(1000, _disk.FreeRoom(_folder));
        _calls.Answer = (call, _) => call == "FreeRoom" ? WindowsErrors.PathNotFound : null;
        Assert.Null(_disk.FreeRoom(_folder));
    }

    [LinuxOrWindowsFact]
    public void AFolderIsNoFile()
    {
        Assert.Equal(DiskError.IsAFolder, Assert.Throws<DiskException>(() => _disk.OpenForReading(_folder, followLink: true)).Error);
        Assert.Equal(DiskError.Exists, Assert.Throws<DiskException>(() => _disk.CreateNew(Made("file"))).Error);
    }

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    private string Made(string name)
    {
        File.WriteAllText(In(name), "text");
        return In(name);
    }

    private string In(string name) => Path.Combine(_folder, name);
}
