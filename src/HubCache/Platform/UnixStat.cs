using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform;

/// <summary>File facts by <c>statx</c> on Linux, whose layout is the same on every processor, and by <c>stat</c> on macOS.</summary>
internal static partial class UnixStat
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const int ForceSync = 0x2000;
    private const int MacNoFollow = 0x20;
    private const uint BasicStats = 0x7ff;

    private const int TypeMask = 0xF000;
    private const int PermissionMask = 0xFFF;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;
    private const int Link = 0xA000;

    public static FileFacts? Of(string path, bool followLink)
    {
        if (OperatingSystem.IsMacOS())
        {
            int answer = followLink ? MacStat(path, out MacFile file) : MacLstat(path, out file);
            return answer == 0 ? From(file) : NothingOrThrow(path);
        }

        // Without the forced look, an NFS client may answer from attributes that are up to a minute old.
        int flags = ForceSync | (followLink ? 0 : NoFollow);
        return Statx(CurrentFolder, path, flags, BasicStats, out LinuxFile facts) == 0 ? From(facts) : NothingOrThrow(path);
    }

    /// <summary>What a name in an open folder stands for, a link itself and not its target; null when nothing does.</summary>
    public static FileFacts? In(SafeFileHandle folder, string name, string path)
    {
        if (OperatingSystem.IsMacOS())
        {
            return MacStatAt(folder, name, out MacFile file, MacNoFollow) == 0 ? From(file) : NothingOrThrow(path);
        }

        return Fstatx(folder, name, ForceSync | NoFollow, BasicStats, out LinuxFile facts) == 0 ? From(facts) : NothingOrThrow(path);
    }

    public static FileFacts Of(SafeFileHandle file, string path)
    {
        if (OperatingSystem.IsMacOS())
        {
            return MacFstat(file, out MacFile macFacts) == 0 ? From(macFacts) : throw Error(path);
        }

        return Fstatx(file, string.Empty, EmptyPath, BasicStats, out LinuxFile facts) == 0 ? From(facts) : throw Error(path);
    }

    private static FileFacts? NothingOrThrow(string path)
    {
        DiskException error = Error(path);
        return error.Error is DiskError.NotFound or DiskError.NotAFolder or DiskError.LinkRefused ? null : throw error;
    }

    private static DiskException Error(string path)
    {
        int number = Marshal.GetLastPInvokeError();
        return new DiskException(LibC.ErrorOf(number), "look", path, Marshal.GetPInvokeErrorMessage(number));
    }

    private static FileFacts From(in LinuxFile file)
    {
        return new FileFacts(
            KindOf(file.Mode),
            (long)file.Size,
            Time(file.ModifiedSeconds, file.ModifiedNanoseconds),
            Time(file.AccessedSeconds, file.AccessedNanoseconds),
            new FileIdentity(((ulong)file.DeviceMajor << 32) | file.DeviceMinor, 0, file.Inode),
            file.User,
            file.Links)
        {
            Mode = file.Mode & PermissionMask,
        };
    }

    private static FileFacts From(in MacFile file)
    {
        return new FileFacts(
            KindOf(file.Mode),
            file.Size,
            Time(file.ModifiedSeconds, (uint)file.ModifiedNanoseconds),
            Time(file.AccessedSeconds, (uint)file.AccessedNanoseconds),
            new FileIdentity((uint)file.Device, 0, file.Inode),
            file.User,
            file.Links)
        {
            Mode = file.Mode & PermissionMask,
        };
    }

    private static FileKind KindOf(int mode)
    {
        return (mode & TypeMask) switch
        {
            RegularFile => FileKind.File,
            Folder => FileKind.Folder,
            Link => FileKind.Link,
            _ => FileKind.Other,
        };
    }

    private static DateTime Time(long seconds, uint nanoseconds)
    {
        long ticks = (Math.Clamp(seconds, -62135596800, 253402300799) * TimeSpan.TicksPerSecond) + (nanoseconds / 100);
        return DateTime.UnixEpoch.AddTicks(ticks);
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out LinuxFile facts);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Fstatx(SafeFileHandle file, string path, int flags, uint mask, out LinuxFile facts);

    [LibraryImport("libc", EntryPoint = "stat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MacStat(string path, out MacFile facts);

    [LibraryImport("libc", EntryPoint = "lstat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MacLstat(string path, out MacFile facts);

    [LibraryImport("libc", EntryPoint = "fstatat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MacStatAt(SafeFileHandle folder, string name, out MacFile facts, int flags);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    private static partial int MacFstat(SafeFileHandle file, out MacFile facts);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct LinuxFile
    {
        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(20)]
        public uint User;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(64)]
        public long AccessedSeconds;

        [FieldOffset(72)]
        public uint AccessedNanoseconds;

        [FieldOffset(112)]
        public long ModifiedSeconds;

        [FieldOffset(120)]
        public uint ModifiedNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }

    /// <summary>The 64-bit inode layout, the only one on Apple's Arm64.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    private struct MacFile
    {
        [FieldOffset(0)]
        public int Device;

        [FieldOffset(4)]
        public ushort Mode;

        [FieldOffset(6)]
        public ushort Links;

        [FieldOffset(8)]
        public ulong Inode;

        [FieldOffset(16)]
        public uint User;

        [FieldOffset(32)]
        public long AccessedSeconds;

        [FieldOffset(40)]
        public long AccessedNanoseconds;

        [FieldOffset(48)]
        public long ModifiedSeconds;

        [FieldOffset(56)]
        public long ModifiedNanoseconds;

        [FieldOffset(96)]
        public long Size;
    }
}
