using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform;

/// <summary>The system calls, with their flags and error numbers on Linux and macOS.</summary>
internal static partial class LibC
{
    public const int LockShared = 1;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int LockRelease = 8;
    public const int FallocKeepSize = 1;
    public const uint SyncFileRangeWrite = 2;
    public const int Interrupted = 4;
    public const int NoSuchProcess = 3;

    private const int MacFullFlush = 51;
    private const nuint LinuxClone = 0x4004_9409;

    private static readonly bool IsMac = OperatingSystem.IsMacOS();

    // 32-bit and 64-bit Arm number these two unlike everybody else.
    private static readonly bool IsArmLinux = !IsMac && RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64;

    /// <summary>Our own names for the flags of <c>open(2)</c>, whose numbers differ from system to system.</summary>
    [Flags]
    public enum OpenFlag
    {
        ReadOnly = 0,
        ReadWrite = 1,
        Create = 2,
        Exclusive = 4,
        NoFollow = 8,
        Folder = 16,
        CloseOnExec = 32,
        NonBlocking = 64,
        PathOnly = 128,
    }

    public static int OpenAt(SafeFileHandle folder, string path, OpenFlag flags, int mode)
    {
        int native = (flags.HasFlag(OpenFlag.ReadWrite) ? 2 : 0)
            | (flags.HasFlag(OpenFlag.Create) ? (IsMac ? 0x200 : 0x40) : 0)
            | (flags.HasFlag(OpenFlag.Exclusive) ? (IsMac ? 0x800 : 0x80) : 0)
            | (flags.HasFlag(OpenFlag.NoFollow) ? (IsMac ? 0x100 : IsArmLinux ? 0x8000 : 0x20000) : 0)
            | (flags.HasFlag(OpenFlag.Folder) ? (IsMac ? 0x100000 : IsArmLinux ? 0x4000 : 0x10000) : 0)
            | (flags.HasFlag(OpenFlag.CloseOnExec) ? (IsMac ? 0x1000000 : 0x80000) : 0)
            | (flags.HasFlag(OpenFlag.PathOnly) ? (IsMac ? 0x40000000 : 0x200000) : 0)
            | (flags.HasFlag(OpenFlag.NonBlocking) ? (IsMac ? 0x4 : 0x800) : 0);

        // On Apple's Arm64 the variable arguments go on the stack: fill the registers first.
        return IsMac && RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? OpenAtAppleArm(folder, path, native, 0, 0, 0, 0, 0, mode)
            : OpenAtNative(folder, path, native, mode);
    }

    /// <summary>The path of an open file in <c>/proc</c>, which the system resolves to the file itself and not by its name.</summary>
    public static string PathOf(SafeFileHandle file)
        => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}");

    /// <summary>
    /// FICLONE: <c>_IOW(0x94, 9, int)</c>, whose direction bits PowerPC numbers otherwise; there it is refused, and the bytes are copied.
    /// </summary>
    public static int CloneFile(SafeFileHandle to, SafeFileHandle from) => Ioctl(to, LinuxClone, from);

    public static int FullFlush(SafeFileHandle file) => Fcntl(file, MacFullFlush);

    public static DiskError ErrorOf(int number)
    {
        return number switch
        {
            2 => DiskError.NotFound,
            17 => DiskError.Exists,
            1 or 13 => DiskError.AccessDenied,
            30 => DiskError.ReadOnly,
            28 => DiskError.NoSpace,
            31 => DiskError.TooManyLinks,
            5 => DiskError.InputOutput,
            18 => DiskError.CrossDevice,
            20 => DiskError.NotAFolder,
            21 => DiskError.IsAFolder,
            22 => DiskError.NotSupported,
            _ when number == (IsMac ? 63 : 36) => DiskError.BadName,
            _ when number == (IsMac ? 66 : 39) => DiskError.NotEmpty,
            _ when number == (IsMac ? 69 : 122) => DiskError.QuotaExceeded,
            _ when number == (IsMac ? 62 : 40) => DiskError.LinkRefused,
            _ when number == (IsMac ? 70 : 116) => DiskError.Stale,
            _ when number == (IsMac ? 35 : 11) => DiskError.Busy,
            _ when (IsMac ? (int[])[45, 78, 102] : [38, 95]).Contains(number) => DiskError.NotSupported,
            _ => DiskError.Other,
        };
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "readlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial nint Readlink(string path, byte* buffer, nint size);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int Fchmod(SafeFileHandle file, int mode);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Chmod(string path, int mode);

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    public static partial int Futimens(SafeFileHandle file, IntPtr times);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Fallocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    public static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RenameAt(SafeFileHandle fromFolder, string from, SafeFileHandle toFolder, string to);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SymlinkAt(string target, SafeFileHandle folder, string path);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int LinkAt(SafeFileHandle fromFolder, string from, SafeFileHandle toFolder, string to, int flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UnlinkAt(SafeFileHandle folder, string path, int flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MkdirAt(SafeFileHandle folder, string path, int mode);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial nint ReadLinkAt(SafeFileHandle folder, string path, byte* buffer, nint size);

    [LibraryImport("libc", EntryPoint = "fchmodat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeModeAt(SafeFileHandle folder, string path, int mode, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAtNative(SafeFileHandle folder, string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAtAppleArm(
        SafeFileHandle folder, string path, int flags, nint x3, nint x4, nint x5, nint x6, nint x7, nint mode);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeFileHandle file, nuint request, SafeFileHandle argument);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle file, int command);
}
