using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform;

/// <summary>The operations on Windows.</summary>
internal partial class WindowsDisk : Disk
{
    // A target that is open, or freshly held by a scanner, is usually free again within this time.
    private static readonly TimeSpan RenamePatience = TimeSpan.FromSeconds(2);

    public override bool RenamesOpenFiles => false;

    public override Disk Within(Boundary boundary) => new WindowsBoundDisk([boundary]);

    public override void Reach(string folder)
    {
    }

    public override SafeFileHandle CreateNew(string path)
    {
        return Do("create", path, () => File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
    }

    public override SafeFileHandle OpenForReading(string path, bool followLink)
    {
        if (!followLink && ReadLink(path) is not null)
        {
            throw new DiskException(DiskError.LinkRefused, "open", path, "it is a link");
        }

        return Do("open", path, () => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
    }

    public override SafeFileHandle OpenForAppending(string path)
    {
        return ReadLink(path) is null
            ? Do("open", path, () => File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
            : throw new DiskException(DiskError.LinkRefused, "open", path, "it is a link");
    }

    public override bool TryClone(SafeFileHandle from, SafeFileHandle to) => false;

    // Whoever may open it for writing may have it; the folder's rights say who that is.
    public override bool IsOwn(FileFacts facts) => true;

    public override SafeFileHandle OpenLockFile(string path)
    {
        return Do("open", path, () => File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
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
        if (!FlushFileBuffers(file))
        {
            throw LastError("flush", path);
        }
    }

    public override void FlushFolder(string path)
    {
    }

    public override bool CanFlushFolder(string path) => false;

    public override void StartWriteBack(SafeFileHandle file, long offset, long length)
    {
    }

    public override void Reserve(SafeFileHandle file, long length, string path) => CompareRoom(file, length, path);

    public override bool CanReserve(SafeFileHandle file, long length, string path) => false;

    public override void Touch(SafeFileHandle file)
    {
        try
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A courtesy to those who wait; the bytes do not depend on it.
        }
    }

    public override void Rename(string from, string to)
    {
        const uint ReplaceExisting = 1;
        const uint WriteThrough = 8;
        var clock = Stopwatch.StartNew();
        while (!MoveFileEx(from, to, ReplaceExisting | WriteThrough))
        {
            DiskException error = LastError("rename", to);
            if (error.Error is not (DiskError.Busy or DiskError.AccessDenied) || clock.Elapsed > RenamePatience)
            {
                throw error;
            }

            Thread.Sleep(50);
        }
    }

    public override void CreateSymbolicLink(string path, string target) => Do("symlink", path, () => File.CreateSymbolicLink(path, target.Replace('/', '\\')));

    public override void CreateHardLink(string path, string existing)
    {
        if (!CreateHardLinkNative(path, existing, IntPtr.Zero))
        {
            throw LastError("link", path);
        }
    }

    public override string? ReadLink(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget?.Replace('\\', '/');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public override FileFacts? Look(string path)
    {
        return Do<FileFacts?>("look", path, () =>
        {
            var file = new FileInfo(path);
            if ((int)file.Attributes == -1)
            {
                return null;
            }

            FileKind kind = file.Attributes.HasFlag(FileAttributes.ReparsePoint) && file.LinkTarget is not null ? FileKind.Link
                : file.Attributes.HasFlag(FileAttributes.Directory) ? FileKind.Folder
                : FileKind.File;
            return Facts(kind, kind == FileKind.File ? file.Length : 0, file);
        });
    }

    public override FileFacts? LookThrough(string path)
    {
        // Only a link has a target to look for: asked of anything else, .NET throws where nothing is, and where the path is a drive's root.
        return Look(path) is { Kind: FileKind.Link } ? Do("look", path, () => Target(path)) : Look(path);
    }

    public override FileFacts Look(SafeFileHandle file, string path)
    {
        return Do("look", path, () => new FileFacts(
            FileKind.File, RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file), File.GetLastAccessTimeUtc(file), FileIdentity.Unknown, null));
    }

    public override bool Delete(string path)
    {
        return Do("delete", path, () =>
        {
            if (Look(path) is null)
            {
                return false;
            }

            try
            {
                File.Delete(path);
                return true;
            }
            catch (DirectoryNotFoundException)
            {
                // The folder went in between, and the file with it.
                return false;
            }
        });
    }

    public override bool MakeFolder(string path)
    {
        return Do("mkdir", path, () =>
        {
            bool existed = Directory.Exists(path);
            Directory.CreateDirectory(path);
            return !existed;
        });
    }

    public override void RemoveEmptyFolder(string path)
    {
        try
        {
            Directory.Delete(path, recursive: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is in use by now.
        }
    }

    public override IReadOnlyList<string> List(string folder)
    {
        return Do<IReadOnlyList<string>>("list", folder, () =>
            Directory.Exists(folder) ? [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path))] : []);
    }

    public override LockAnswer TryLock(SafeFileHandle file, bool exclusive, LockedPart part)
    {
        const uint FailImmediately = 1;
        const uint Exclusive = 2;
        const int LockViolation = 33;
        Overlapped at = At(part);
        if (LockFileEx(file, FailImmediately | (exclusive ? Exclusive : 0), 0, 1, 0, ref at))
        {
            return LockAnswer.Granted;
        }

        return Marshal.GetLastPInvokeError() == LockViolation ? LockAnswer.Refused : LockAnswer.Unsupported;
    }

    public override void Unlock(SafeFileHandle file, LockedPart part)
    {
        Overlapped at = At(part);
        _ = UnlockFileEx(file, 0, 1, 0, ref at);
    }

    public override void LetGroupWrite(SafeFileHandle file)
    {
    }

    public override void SetMode(string path, int mode)
    {
    }

    public override bool IsLocal(string folder)
    {
        string? root = Path.GetPathRoot(Path.GetFullPath(folder));
        return root is not null && !root.StartsWith(@"\\", StringComparison.Ordinal) && new DriveInfo(root).DriveType == DriveType.Fixed;
    }

    private static Overlapped At(LockedPart part) => new() { Offset = part == LockedPart.FirstByte ? 0 : LockedParts.BeyondAnyLength };

    private static FileFacts? Target(string path)
    {
        try
        {
            FileSystemInfo? target = new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true);
            return target is null || (int)target.Attributes == -1 ? null
                : target.Attributes.HasFlag(FileAttributes.Directory) ? Facts(FileKind.Folder, 0, target)
                : Facts(FileKind.File, new FileInfo(target.FullName).Length, target);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // The link went in between.
            return null;
        }
    }

    private static FileFacts Facts(FileKind kind, long length, FileSystemInfo file)
    {
        return new FileFacts(kind, length, file.LastWriteTimeUtc, file.LastAccessTimeUtc, FileIdentity.Unknown, null);
    }

    private static T Do<T>(string operation, string path, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (DiskException)
        {
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Wrap(operation, path, e);
        }
    }

    private static DiskException Wrap(string operation, string path, Exception e)
    {
        DiskError error = e switch
        {
            UnauthorizedAccessException => DiskError.AccessDenied,
            FileNotFoundException or DirectoryNotFoundException => DiskError.NotFound,
            _ => ErrorOf(e.HResult & 0xFFFF),
        };
        return new DiskException(error, operation, path, e.Message, e);
    }

    private static DiskException LastError(string operation, string path)
    {
        int number = Marshal.GetLastPInvokeError();
        return new DiskException(ErrorOf(number), operation, path, Marshal.GetPInvokeErrorMessage(number));
    }

    internal static DiskError ErrorOf(int number)
    {
        return number switch
        {
            2 or 3 => DiskError.NotFound,
            80 or 183 => DiskError.Exists,
            5 or 1314 => DiskError.AccessDenied,
            19 => DiskError.ReadOnly,
            39 or 112 => DiskError.NoSpace,
            1295 => DiskError.QuotaExceeded,
            17 => DiskError.CrossDevice,
            23 or 1117 => DiskError.InputOutput,
            32 or 33 => DiskError.Busy,
            1 or 50 => DiskError.NotSupported,
            _ => DiskError.Other,
        };
    }

    [LibraryImport("kernel32", EntryPoint = "MoveFileExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool MoveFileEx(string from, string to, uint flags);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLinkNative(string path, string existing, IntPtr security);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushFileBuffers(SafeFileHandle file);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool LockFileEx(SafeFileHandle file, uint flags, uint reserved, uint lengthLow, uint lengthHigh, ref Overlapped offset);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool UnlockFileEx(SafeFileHandle file, uint reserved, uint lengthLow, uint lengthHigh, ref Overlapped offset);

    /// <summary>OVERLAPPED, whose two halves of the offset are one number here.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Overlapped
    {
        public nint Internal;
        public nint InternalHigh;
        public long Offset;
        public nint Event;
    }
}
