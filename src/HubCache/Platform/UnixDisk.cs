using System.Runtime.InteropServices;
using System.Text;
using HubCache.Platform.Unix;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform;

/// <summary>The operations on Linux and macOS, by our own system calls.</summary>
/// <remarks>Not FileStream, which takes a <c>flock</c> of its own; not File.Move, which turns EXDEV into a copy in place;
/// not RandomAccess.FlushToDisk, which swallows EIO on Linux (measured with .NET 8 and 10).</remarks>
internal sealed class UnixDisk : Disk
{
    // PATH_MAX, with the zero at the end.
    private static readonly int LongestPath = OperatingSystem.IsMacOS() ? 1024 : 4096;

    private readonly IReadOnlyList<Boundary> _boundaries;

    public UnixDisk()
        : this([])
    {
    }

    private UnixDisk(IReadOnlyList<Boundary> boundaries) => _boundaries = boundaries;

    private const int NewFileMode = 0b110_110_110;
    private const int NewFolderMode = 0b111_111_111;
    private const int LockFileMode = 0b110_110_100;

    public override Disk Within(Boundary boundary) => new UnixDisk(Boundary.Add(_boundaries, boundary));

    public override void Reach(string folder)
    {
        try
        {
            OpenFolder(folder)?.Dispose();
        }
        catch (DiskException e) when (e.Error != DiskError.LinkedFolder)
        {
            // It is missing, or the code that uses it will get the error.
        }
    }

    public override SafeFileHandle CreateNew(string path)
    {
        using UnixPlace place = PlaceOf(path);
        return Open(
            "create", path, place, LibC.OpenFlag.ReadWrite | LibC.OpenFlag.Create | LibC.OpenFlag.Exclusive | LibC.OpenFlag.NoFollow);
    }

    public override SafeFileHandle OpenForReading(string path, bool followLink)
        => OpenRegular(path, UnixPlace.Of(path), followLink ? 0 : LibC.OpenFlag.NoFollow);

    public override SafeFileHandle OpenForAppending(string path)
    {
        using UnixPlace place = PlaceOf(path);
        return OpenRegular(path, place, LibC.OpenFlag.ReadWrite | LibC.OpenFlag.NoFollow);
    }

    public override SafeFileHandle OpenLockFile(string path)
    {
        using UnixPlace place = PlaceOf(path);
        return Open("open", path, place, LibC.OpenFlag.ReadWrite | LibC.OpenFlag.Create | LibC.OpenFlag.NoFollow);
    }

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path)
    {
        try
        {
            RandomAccess.Write(file, bytes, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Wrap("write", path, e);
        }
    }

    public override int Read(SafeFileHandle file, Span<byte> buffer, long offset, string path)
    {
        try
        {
            return RandomAccess.Read(file, buffer, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Wrap("read", path, e);
        }
    }

    public override void Flush(SafeFileHandle file, string path)
    {
        if (OperatingSystem.IsMacOS() && LibC.FullFlush(file) == 0)
        {
            return;
        }

        Check(Retry(() => LibC.Fsync(file)), "fsync", path, ignored: DiskError.NotSupported);
    }

    public override void FlushFolder(string path)
    {
        using SafeFileHandle folder = OpenToFlush(path);
        Check(Retry(() => LibC.Fsync(folder)), "fsync", path, ignored: DiskError.NotSupported);
    }

    public override bool CanFlush(SafeFileHandle file, string path)
        => (OperatingSystem.IsMacOS() && LibC.FullFlush(file) == 0) || IsSupported(Retry(() => LibC.Fsync(file)), "fsync", path);

    public override bool CanFlushFolder(string path)
    {
        using SafeFileHandle folder = OpenToFlush(path);
        return IsSupported(Retry(() => LibC.Fsync(folder)), "fsync", path);
    }

    public override void StartWriteBack(SafeFileHandle file, long offset, long length)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = LibC.SyncFileRange(file, offset, length, LibC.SyncFileRangeWrite);
        }
    }

    public override bool TryClone(SafeFileHandle from, SafeFileHandle to) => OperatingSystem.IsLinux() && LibC.CloneFile(to, from) == 0;

    public override bool IsOwn(FileFacts facts) => facts.Owner == LibC.EffectiveUser();

    public override void Reserve(SafeFileHandle file, long length, string path)
    {
        if (!CanReserve(file, length, path))
        {
            CompareRoom(file, length, path);
        }
    }

    public override bool CanReserve(SafeFileHandle file, long length, string path)
    {
        // Files in memory would have their pages filled with zeros, and each written a second time: half a second per GB, for nothing.
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess || length == 0 || IsInMemory(path))
        {
            return false;
        }

        if (Retry(() => LibC.Fallocate(file, LibC.FallocKeepSize, 0, length)) == 0)
        {
            return true;
        }

        // Only a want of room counts: whatever else is refused here, writing may still do.
        DiskException error = LastError("reserve room", path);
        return error.Error is DiskError.NoSpace or DiskError.QuotaExceeded ? throw error : false;
    }

    public override void Touch(SafeFileHandle file)
    {
        try
        {
            _ = LibC.Futimens(file, IntPtr.Zero);
        }
        catch (ObjectDisposedException)
        {
            // A timer's last tick may come when the writer is done.
        }
    }

    public override void Rename(string from, string to)
    {
        using UnixPlace old = PlaceOf(from);
        using UnixPlace place = PlaceOf(to);
        Check(old.Folder.Rename(old.Name, place.Folder, place.Name), "rename", to);
    }

    public override void CreateSymbolicLink(string path, string target)
    {
        using UnixPlace place = PlaceOf(path);
        Check(place.Folder.Symlink(target, place.Name), "symlink", path);
    }

    public override void CreateHardLink(string path, string existing)
    {
        using UnixPlace source = PlaceOf(existing);
        using UnixPlace place = PlaceOf(path);
        Check(source.Folder.Link(source.Name, place.Folder, place.Name), "link", path);
    }

    public override unsafe string? ReadLink(string path)
    {
        const int LongestLink = 4096;
        byte* buffer = stackalloc byte[LongestLink];
        nint length = LibC.Readlink(path, buffer, LongestLink);
        if (length >= 0)
        {
            return Encoding.UTF8.GetString(buffer, (int)length);
        }

        // EINVAL, which counts as not supported, says that it is no link.
        DiskException error = LastError("readlink", path);
        return error.Error is DiskError.NotSupported or DiskError.NotFound or DiskError.NotAFolder or DiskError.LinkRefused
            ? null
            : throw error;
    }

    public override FileFacts? Look(string path) => UnixStat.Of(path, followLink: false);

    public override FileFacts? LookThrough(string path) => UnixStat.Of(path, followLink: true);

    public override FileFacts Look(SafeFileHandle file, string path) => UnixStat.Of(file, path);

    public override bool Delete(string path)
    {
        try
        {
            using UnixPlace place = PlaceOf(path);
            Check(place.Folder.Unlink(place.Name), "delete", path);
            return true;
        }
        catch (DiskException e) when (e.Error is DiskError.NotFound or DiskError.NotAFolder)
        {
            return false;
        }
    }

    public override bool MakeFolder(string path)
    {
        using UnixPlace place = PlaceOf(path);
        if (place.Folder.MakeFolder(place.Name, NewFolderMode) == 0)
        {
            return true;
        }

        DiskException error = LastError("mkdir", path);
        if (LookThrough(path) is { Kind: FileKind.Folder })
        {
            return false;
        }

        throw error;
    }

    public override void RemoveEmptyFolder(string path)
    {
        try
        {
            using UnixPlace place = PlaceOf(path);
            _ = place.Folder.RemoveFolder(place.Name);
        }
        catch (DiskException)
        {
            // What cannot be reached is left alone.
        }
    }

    public override IReadOnlyList<string> List(string folder)
    {
        try
        {
            using UnixFolderHandle? handle = _boundaries.Any(boundary => boundary.GuardsLists) ? OpenFolder(folder) : null;
            return handle?.List(folder) ?? [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path))];
        }
        catch (DiskException e) when (e.Error == DiskError.NotFound)
        {
            return [];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not DiskException)
        {
            throw Wrap("list", folder, e);
        }
    }

    public override LockAnswer TryLock(SafeFileHandle file, bool exclusive, LockedPart part)
    {
        if (LibC.Flock(file, (exclusive ? LibC.LockExclusive : LibC.LockShared) | LibC.LockNonBlocking) == 0)
        {
            return LockAnswer.Granted;
        }

        return LibC.ErrorOf(Marshal.GetLastPInvokeError()) == DiskError.Busy ? LockAnswer.Refused : LockAnswer.Unsupported;
    }

    public override void Unlock(SafeFileHandle file, LockedPart part) => _ = LibC.Flock(file, LibC.LockRelease);

    public override void LetGroupWrite(SafeFileHandle file)
    {
        try
        {
            if (MayChangeMode(UnixStat.Of(file, string.Empty)))
            {
                _ = LibC.Fchmod(file, LockFileMode);
            }
        }
        catch (DiskException)
        {
            // A courtesy to those who share the cache.
        }
    }

    public override void SetMode(string path, int mode)
    {
        using UnixPlace place = PlaceOf(path);
        if (OperatingSystem.IsMacOS())
        {
            RefuseMode(
                place.Folder.Look(place.Name, path) ?? throw new DiskException(DiskError.NotFound, "chmod", path, "it is gone"), path);
            Check(place.Folder.ChangeMode(place.Name, mode), "chmod", path);
            return;
        }

        // The handle pins what was looked at: between a look and a chmod by name, another user who may write here could put a link
        // to one of our other files. It opens whatever the mode is, and chmod by /proc is the only one that it lets through.
        using SafeFileHandle file = Open("open", path, place, LibC.OpenFlag.PathOnly | LibC.OpenFlag.NoFollow);
        RefuseMode(UnixStat.Of(file, path), path);
        Check(LibC.Chmod(LibC.PathOf(file), mode), "chmod", path);
    }

    public override bool IsLocal(string folder) => FileSystemOf(folder) is string name && LocalFileSystems.Contains(name);

    private static readonly HashSet<string> LocalFileSystems =
        new(
            ["ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "tmpfs", "f2fs", "bcachefs", "jfs", "overlay", "overlayfs", "apfs", "hfs"],
            StringComparer.OrdinalIgnoreCase);

    private bool IsInMemory(string path) => FileSystemOf(Path.GetDirectoryName(Path.GetFullPath(path))!) is "tmpfs" or "ramfs";

    private void RefuseMode(FileFacts facts, string path)
    {
        if (facts.Kind is not (FileKind.File or FileKind.Folder) || !MayChangeMode(facts))
        {
            throw new DiskException(
                DiskError.AccessDenied, "chmod", path, IsOwn(facts) ? "it is a link, or has other names" : "it is not this user's own");
        }
    }

    /// <summary>Where a path's file lies: by the handle of its folder within a boundary, by the path outside.</summary>
    private UnixPlace PlaceOf(string path)
    {
        string full = Path.GetFullPath(path);
        if (Boundary.Of(_boundaries, full) is not Boundary boundary)
        {
            return UnixPlace.Of(path);
        }

        // A handle would take it; but it is read by its path, which no call takes that is longer.
        if (full.Length > LongestPath / 4 && Encoding.UTF8.GetByteCount(full) >= LongestPath)
        {
            throw new DiskException(DiskError.Other, "open", path, "the path is too long");
        }

        return new UnixPlace(Open(boundary, Path.GetDirectoryName(full)!), Path.GetFileName(full));
    }

    /// <summary>A boundary's root or a folder within one; null for others.</summary>
    private UnixFolderHandle? OpenFolder(string path)
    {
        string full = Path.GetFullPath(path);
        return (Boundary.Of(_boundaries, full) ?? _boundaries.FirstOrDefault(boundary => boundary.Root == full)) is Boundary boundary
            ? Open(boundary, full)
            : null;
    }

    private static UnixFolderHandle Open(Boundary boundary, string fullPath)
        => (UnixFolderHandle)FolderHandle.Open(boundary, fullPath, UnixFolderHandle.Open);

    private SafeFileHandle OpenToFlush(string path)
    {
        using UnixFolderHandle? folder = OpenFolder(path);
        return folder?.Reopen(path) ?? Open("open", path, UnixPlace.Of(path), LibC.OpenFlag.Folder);
    }

    private static SafeFileHandle OpenRegular(string path, in UnixPlace place, LibC.OpenFlag flags)
    {
        // Without O_NONBLOCK, opening a pipe would wait forever.
        SafeFileHandle file = Open("open", path, place, LibC.OpenFlag.NonBlocking | flags);
        if (UnixStat.Of(file, path).Kind != FileKind.File)
        {
            file.Dispose();
            throw new DiskException(DiskError.IsAFolder, "open", path, "it is no regular file");
        }

        return file;
    }

    private static SafeFileHandle Open(string operation, string path, UnixPlace place, LibC.OpenFlag flags)
    {
        int descriptor = Retry(() => place.Folder.OpenFile(place.Name, flags | LibC.OpenFlag.CloseOnExec, NewFileMode));
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw LastError(operation, path);
    }

    private static int Retry(Func<int> call)
    {
        int answer;
        do
        {
            answer = call();
        }
        while (answer < 0 && Marshal.GetLastPInvokeError() == LibC.Interrupted);
        return answer;
    }

    private static void Check(int answer, string operation, string path, DiskError? ignored = null)
    {
        if (answer == 0)
        {
            return;
        }

        DiskException error = LastError(operation, path);
        if (error.Error != ignored)
        {
            throw error;
        }
    }

    private static bool IsSupported(int answer, string operation, string path)
    {
        if (answer == 0)
        {
            return true;
        }

        DiskException error = LastError(operation, path);
        return error.Error == DiskError.NotSupported ? false : throw error;
    }

    /// <summary>.NET tells EACCES and EPERM by an exception whose HResult is not the error's number.</summary>
    private static DiskException Wrap(string operation, string path, Exception e)
        => new(e is UnauthorizedAccessException ? DiskError.AccessDenied : LibC.ErrorOf(e.HResult), operation, path, e.Message, e);

    private static DiskException LastError(string operation, string path)
    {
        int number = Marshal.GetLastPInvokeError();
        return new DiskException(LibC.ErrorOf(number), operation, path, Marshal.GetPInvokeErrorMessage(number));
    }
}
