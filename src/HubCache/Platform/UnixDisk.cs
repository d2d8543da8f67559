using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform;

/// <summary>The operations on Linux and macOS, by our own system calls.</summary>
/// <remarks>Not FileStream, which takes a <c>flock</c> of its own; not File.Move, which turns EXDEV into a copy in place;
/// not RandomAccess.FlushToDisk, which swallows EIO on Linux (measured with .NET 8 and 10).</remarks>
internal sealed class UnixDisk : Disk
{
    private const int NewFileMode = 0b110_110_110;
    private const int NewFolderMode = 0b111_111_111;
    private const int LockFileMode = 0b110_110_100;

    public override SafeFileHandle CreateNew(string path)
    {
        return Open("create", path, LibC.OpenFlag.ReadWrite | LibC.OpenFlag.Create | LibC.OpenFlag.Exclusive | LibC.OpenFlag.NoFollow);
    }

    public override SafeFileHandle OpenForReading(string path, bool followLink)
        => OpenRegular(path, followLink ? 0 : LibC.OpenFlag.NoFollow);

    public override SafeFileHandle OpenForAppending(string path) => OpenRegular(path, LibC.OpenFlag.ReadWrite | LibC.OpenFlag.NoFollow);

    public override SafeFileHandle OpenLockFile(string path)
    {
        return Open("open", path, LibC.OpenFlag.ReadWrite | LibC.OpenFlag.Create | LibC.OpenFlag.NoFollow);
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
        using SafeFileHandle folder = Open("open", path, LibC.OpenFlag.Folder);
        Check(Retry(() => LibC.Fsync(folder)), "fsync", path, ignored: DiskError.NotSupported);
    }

    public override bool CanFlush(SafeFileHandle file, string path)
        => (OperatingSystem.IsMacOS() && LibC.FullFlush(file) == 0) || IsSupported(Retry(() => LibC.Fsync(file)), "fsync", path);

    public override bool CanFlushFolder(string path)
    {
        using SafeFileHandle folder = Open("open", path, LibC.OpenFlag.Folder);
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

    public override void Rename(string from, string to) => Check(LibC.Rename(from, to), "rename", to);

    public override void CreateSymbolicLink(string path, string target) => Check(LibC.Symlink(target, path), "symlink", path);

    public override void CreateHardLink(string path, string existing) => Check(LibC.Link(existing, path), "link", path);

    public override unsafe string? ReadLink(string path)
    {
        const int LongestPath = 4096;
        byte* buffer = stackalloc byte[LongestPath];
        nint length = LibC.Readlink(path, buffer, LongestPath);
        if (length >= 0)
        {
            return System.Text.Encoding.UTF8.GetString(buffer, (int)length);
        }

        // EINVAL, which counts as not supported, says that it is no link.
        DiskException error = LastError("readlink", path);
        return error.Error is DiskError.NotSupported or DiskError.NotFound or DiskError.NotAFolder or DiskError.LinkRefused ? null : throw error;
    }

    public override FileFacts? Look(string path) => UnixStat.Of(path, followLink: false);

    public override FileFacts? LookThrough(string path) => UnixStat.Of(path, followLink: true);

    public override FileFacts Look(SafeFileHandle file, string path) => UnixStat.Of(file, path);

    public override bool Delete(string path)
    {
        if (LibC.Unlink(path) == 0)
        {
            return true;
        }

        DiskException error = LastError("delete", path);
        return error.Error is DiskError.NotFound or DiskError.NotAFolder ? false : throw error;
    }

    public override bool MakeFolder(string path)
    {
        if (LibC.Mkdir(path, NewFolderMode) == 0)
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

    public override void RemoveEmptyFolder(string path) => _ = LibC.Rmdir(path);

    public override IReadOnlyList<string> List(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path))];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
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

    public override void LetGroupWrite(SafeFileHandle file) => _ = LibC.Fchmod(file, LockFileMode);

    public override void SetMode(string path, int mode)
    {
        if (OperatingSystem.IsMacOS())
        {
            Check(LibC.ChangeLinkMode(path, mode), "chmod", path);
            return;
        }

        // The handle pins what was looked at: between a look and a chmod by name, somebody else who may write here could put a link
        // to one of our other files. It opens whatever the mode is, and chmod by /proc is the only one that it lets through.
        using SafeFileHandle file = Open("open", path, LibC.OpenFlag.PathOnly | LibC.OpenFlag.NoFollow);
        FileFacts facts = UnixStat.Of(file, path);
        if (facts.Kind is not (FileKind.File or FileKind.Folder) || !IsOwn(facts))
        {
            throw new DiskException(DiskError.AccessDenied, "chmod", path, "it is not this user's own");
        }

        Check(LibC.Chmod(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}"), mode), "chmod", path);
    }

    public override bool IsLocal(string folder) => FileSystemOf(folder) is string name && LocalFileSystems.Contains(name);

    private static readonly HashSet<string> LocalFileSystems =
        new(["ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "tmpfs", "f2fs", "bcachefs", "jfs", "overlay", "overlayfs", "apfs", "hfs"], StringComparer.OrdinalIgnoreCase);

    private bool IsInMemory(string path) => FileSystemOf(Path.GetDirectoryName(Path.GetFullPath(path))!) is "tmpfs" or "ramfs";

    private static SafeFileHandle OpenRegular(string path, LibC.OpenFlag flags)
    {
        // Without O_NONBLOCK, opening a pipe that somebody put there would wait forever.
        SafeFileHandle file = Open("open", path, LibC.OpenFlag.NonBlocking | flags);
        if (UnixStat.Of(file, path).Kind != FileKind.File)
        {
            file.Dispose();
            throw new DiskException(DiskError.IsAFolder, "open", path, "it is no regular file");
        }

        return file;
    }

    private static SafeFileHandle Open(string operation, string path, LibC.OpenFlag flags)
    {
        int descriptor = Retry(() => LibC.Open(path, flags | LibC.OpenFlag.CloseOnExec, NewFileMode));
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
