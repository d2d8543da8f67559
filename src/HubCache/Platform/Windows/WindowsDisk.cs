using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform.Windows;

/// <summary>The operations on Windows.</summary>
/// <param name="calls">The system calls.</param>
/// <param name="patience">How long a file that somebody else holds is waited for; null for the usual time.</param>
internal class WindowsDisk(WindowsCalls calls, TimeSpan? patience = null) : Disk
{
    private const int LongestTransfer = 1 << 30;
    private static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(2);

    // What each server's clock is ahead of ours, by the times it gave to files that were just made.
    private static readonly ConcurrentDictionary<string, TimeSpan> ClocksAhead = new(StringComparer.OrdinalIgnoreCase);
    private static readonly ConditionalWeakTable<SafeFileHandle, StrongBox<TimeSpan>> ClocksOfFiles = [];

    private readonly WindowsStat _stat = new(calls);
    private readonly WindowsRename _rename = new(calls, patience ?? UsualPatience);

    public WindowsDisk()
        : this(new WindowsCalls())
    {
    }

    public override Disk Within(Boundary boundary) => new WindowsBoundDisk(calls, [boundary]);

    public override void Reach(string folder)
    {
    }

    public override SafeFileHandle CreateNew(string path)
    {
        SafeFileHandle file = Open(
            "create",
            path,
            WindowsCalls.GenericRead | WindowsCalls.GenericWrite | WindowsCalls.Delete,
            WindowsCalls.CreateNew,
            WindowsCalls.OpenReparsePoint);
        NoteClock(file, path);
        return file;
    }

    public override SafeFileHandle OpenForReading(string path, bool followLink)
        => Regular(
            Open("open", path, WindowsCalls.GenericRead, WindowsCalls.OpenExisting, followLink ? 0 : WindowsCalls.OpenReparsePoint),
            path,
            followLink);

    public override SafeFileHandle OpenForAppending(string path)
    {
        return Regular(
            Open(
                "open",
                path,
                WindowsCalls.GenericRead | WindowsCalls.GenericWrite,
                WindowsCalls.OpenExisting,
                WindowsCalls.OpenReparsePoint), path, followLink: false);
    }

    /// <summary>A rename goes by a handle here, and finds the file under whatever name: two who opened it before either renamed it would
    /// both have it. So nobody else may have the right to rename it, from now until it is closed.</summary>
    public override SafeFileHandle OpenToTakeOver(string path)
    {
        const uint Access = WindowsCalls.GenericRead | WindowsCalls.GenericWrite | WindowsCalls.Delete;
        return Regular(
            Open("open", path, Access, WindowsCalls.OpenExisting, WindowsCalls.OpenReparsePoint, WindowsCalls.ShareReadAndWrite),
            path,
            followLink: false);
    }

    /// <summary>Without the right to delete: other clients open lock files without allowing that to anybody.</summary>
    public override SafeFileHandle OpenLockFile(string path)
    {
        return Regular(
            Open(
                "open",
                path,
                WindowsCalls.GenericRead | WindowsCalls.GenericWrite,
                WindowsCalls.OpenAlways,
                WindowsCalls.OpenReparsePoint), path, followLink: false);
    }

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path)
    {
        while (bytes.Length > 0)
        {
            Check(calls.Write(file, bytes[..Math.Min(bytes.Length, LongestTransfer)], offset, out int written), "write", path);
            bytes = bytes[written..];
            offset += written;
        }
    }

    public override int Read(SafeFileHandle file, Span<byte> buffer, long offset, string path)
    {
        int number = calls.Read(file, buffer[..Math.Min(buffer.Length, LongestTransfer)], offset, out int read);
        if (number == WindowsErrors.HandleAtEnd)
        {
            return 0;
        }

        Check(number, "read", path);
        return read;
    }

    /// <summary>The handle must have been opened for writing: of one that was not, the file is opened once more for it.</summary>
    public override void Flush(SafeFileHandle file, string path)
    {
        int number = calls.Flush(file);
        if (number != WindowsErrors.AccessDenied)
        {
            Check(number, "fsync", path);
            return;
        }

        using SafeFileHandle again = _rename.WhileHeld(() => Open("fsync", path, WindowsCalls.GenericWrite, WindowsCalls.OpenExisting, 0));
        if (_stat.Of(again, path).Identity != _stat.Of(file, path).Identity)
        {
            throw new DiskException(DiskError.Stale, "fsync", path, "another file has its name now");
        }

        Check(calls.Flush(again), "fsync", path);
    }

    public override void FlushFolder(string path) => _ = CanFlushFolder(path);

    /// <summary>
    /// No text says what a flush of a folder does; NTFS and ReFS write the log of their names by it. Where it is refused, the log is
    /// written in time.
    /// </summary>
    public override bool CanFlushFolder(string path)
    {
        int number = calls.Open(
            WindowsPath.Extended(path),
            WindowsCalls.AddFile | WindowsCalls.ReadAttributes,
            WindowsCalls.ShareAll,
            WindowsCalls.OpenExisting,
            WindowsCalls.BackupSemantics, out SafeFileHandle folder);
        using (folder)
        {
            number = number == 0 ? calls.Flush(folder) : number;
        }

        if (number == 0
            || number == WindowsErrors.AccessDenied
            || number == WindowsErrors.SharingViolation
            || WindowsErrors.IsUnknownCall(number))
        {
            return number == 0;
        }

        throw Error(number, "fsync", path);
    }

    public override void StartWriteBack(SafeFileHandle file, long offset, long length)
    {
    }

    public override bool TryClone(SafeFileHandle from, SafeFileHandle to) => new WindowsClone(calls).Try(from, to);

    public override void Reserve(SafeFileHandle file, long length, string path)
    {
        if (!CanReserve(file, length, path))
        {
            CompareRoom(file, length, path);
        }
    }

    /// <summary>By FILE_ALLOCATION_INFO, which leaves the length. Less than the length would cut the file off.</summary>
    public override bool CanReserve(SafeFileHandle file, long length, string path)
    {
        const int FileAllocationInfo = 5;
        if (length <= _stat.Of(file, path).Length)
        {
            return false;
        }

        int number = calls.Set(file, FileAllocationInfo, BitConverter.GetBytes(length));
        DiskError error = WindowsErrors.ErrorOf(number);
        return number == 0 || (error is DiskError.NoSpace or DiskError.QuotaExceeded ? throw Error(number, "reserve room", path) : false);
    }

    public override long? FreeRoom(string folder)
        => calls.FreeRoom(AsFolder(WindowsPath.Extended(folder)), out long free) == 0 ? free : null;

    // Whoever may open it for writing may have it; the folder's rights say who that is.
    public override bool IsOwn(FileFacts facts) => true;

    /// <summary>
    /// Windows has no call for "now by your clock": where a server keeps the file, it is ours with the difference that was seen.
    /// </summary>
    public override void Touch(SafeFileHandle file)
    {
        try
        {
            TimeSpan ahead = ClocksOfFiles.TryGetValue(file, out StrongBox<TimeSpan>? seen) ? seen.Value : TimeSpan.Zero;
            long now = (DateTime.UtcNow + ahead).ToFileTimeUtc();
            _ = calls.SetTimes(file, now, now);
        }
        catch (ObjectDisposedException)
        {
            // A timer's last tick may come when the writer is done.
        }
    }

    public override void Rename(string from, string to) => _rename.ByPath(from, to);

    public override void RenameOpen(SafeFileHandle file, string from, string to) => _rename.ByHandle(file, from, to);

    public override void CreateSymbolicLink(string path, string target)
    {
        const uint Unprivileged = 2;
        string extended = WindowsPath.Extended(path);
        int number = calls.MakeSymbolicLink(extended, target.Replace('/', '\\'), Unprivileged);
        if (number == WindowsErrors.InvalidParameter)
        {
            // Systems before Windows 10 1703 do not know the flag.
            number = calls.MakeSymbolicLink(extended, target.Replace('/', '\\'), 0);
        }

        Check(number, "symlink", path);
        if (_stat.At(extended, path, followLink: false) is null)
        {
            throw new DiskException(DiskError.NotSupported, "symlink", path, "the system reports success, but made no link");
        }
    }

    public override void CreateHardLink(string path, string existing)
        => Check(calls.MakeHardLink(WindowsPath.Extended(path), WindowsPath.Extended(existing)), "link", path);

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

    public override FileFacts? Look(string path) => _stat.At(WindowsPath.Extended(path), path, followLink: false);

    public override FileFacts? LookThrough(string path) => _stat.At(WindowsPath.Extended(path), path, followLink: true);

    public override FileFacts Look(SafeFileHandle file, string path) => _stat.Of(file, path);

    public override bool Delete(string path) => _rename.Delete(path);

    public override bool MakeFolder(string path)
    {
        int number = calls.MakeFolder(WindowsPath.Extended(path));
        if (number != 0 && LookThrough(path) is { Kind: FileKind.Folder })
        {
            return false;
        }

        Check(number, "mkdir", path);
        return true;
    }

    public override void RemoveEmptyFolder(string path) => _ = calls.RemoveFolder(WindowsPath.Extended(path));

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
            int number = e.HResult & 0xFFFF;
            return WindowsErrors.IsMissing(number) ? []
                : throw new DiskException(
                    e is UnauthorizedAccessException ? DiskError.AccessDenied : WindowsErrors.ErrorOf(number),
                    "list",
                    folder,
                    e.Message,
                    e);
        }
    }

    public override LockAnswer TryLock(SafeFileHandle file, bool exclusive, LockedPart part)
    {
        return calls.Lock(file, exclusive, OffsetOf(part)) switch
        {
            0 => LockAnswer.Granted,
            WindowsErrors.LockViolation => LockAnswer.Refused,
            _ => LockAnswer.Unsupported,
        };
    }

    public override void Unlock(SafeFileHandle file, LockedPart part) => _ = calls.Unlock(file, OffsetOf(part));

    public override void LetGroupWrite(SafeFileHandle file)
    {
    }

    public override void SetMode(string path, int mode)
    {
    }

    public override bool IsLocal(string folder) => Ask(folder, handle => IsLocal(handle), false);

    public override string? FileSystemOf(string folder)
        => Ask(folder, handle => calls.LookUpVolume(handle, out string name, out _) == 0 && name.Length > 0 ? name : null, null);

    private static long OffsetOf(LockedPart part) => part == LockedPart.FirstByte ? 0 : LockedParts.BeyondAnyLength;

    private static string AsFolder(string path) => path.EndsWith('\\') ? path : path + '\\';

    private static void Check(int number, string operation, string path)
    {
        if (number != 0)
        {
            throw Error(number, operation, path);
        }
    }

    internal static DiskException Error(int number, string operation, string path)
        => new(WindowsErrors.ErrorOf(number), operation, path, System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(number));

    private SafeFileHandle Open(
        string operation, string path, uint access, uint disposition, uint flags, uint share = WindowsCalls.ShareAll)
    {
        int number = calls.Open(WindowsPath.Extended(path), access, share, disposition, flags, out SafeFileHandle file);
        if (number is 0 or WindowsErrors.AlreadyExists && !file.IsInvalid)
        {
            // OPEN_ALWAYS reports with this number that the file existed; it is not an error.
            return file;
        }

        file.Dispose();

        // A folder is refused like a file of another user.
        throw number == WindowsErrors.AccessDenied && IsFolder(path)
            ? new DiskException(DiskError.IsAFolder, operation, path, "it is a folder")
            : Error(number, operation, path);
    }

    private bool IsFolder(string path)
    {
        try
        {
            return LookThrough(path) is { Kind: FileKind.Folder };
        }
        catch (DiskException)
        {
            return false;
        }
    }

    /// <summary>The file, if it is a regular one; a link that was opened in place of what it leads to is none.</summary>
    private SafeFileHandle Regular(SafeFileHandle file, string path, bool followLink)
    {
        try
        {
            FileFacts facts = _stat.Of(file, path);
            return facts.Kind switch
            {
                FileKind.File => file,
                FileKind.Link when !followLink => throw new DiskException(DiskError.LinkRefused, "open", path, "it is a link"),
                _ => throw new DiskException(DiskError.IsAFolder, "open", path, "it is no regular file"),
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void NoteClock(SafeFileHandle file, string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? path;
        TimeSpan ahead = ClocksAhead.GetOrAdd(folder, _ => IsLocal(file) ? TimeSpan.Zero : _stat.Of(file, path).Modified - DateTime.UtcNow);
        if (ahead != TimeSpan.Zero)
        {
            ClocksOfFiles.Add(file, new StrongBox<TimeSpan>(ahead));
        }
    }

    private bool IsLocal(SafeFileHandle file)
    {
        const uint Removable = 2;
        const uint Fixed = 3;
        const uint InMemory = 6;
        return calls.LookUpPath(file, out string real) == 0 && !WindowsPath.IsOnAServer(real) && real.Length > 6
            && calls.DriveType(real[4..7]) is Removable or Fixed or InMemory;
    }

    private T Ask<T>(string folder, Func<SafeFileHandle, T> question, T otherwise)
    {
        int number = calls.Open(
            WindowsPath.Extended(folder),
            WindowsCalls.ReadAttributes,
            WindowsCalls.ShareAll,
            WindowsCalls.OpenExisting,
            WindowsCalls.BackupSemantics,
            out SafeFileHandle handle);
        using (handle)
        {
            return number == 0 ? question(handle) : otherwise;
        }
    }
}
