using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform.Windows;

/// <summary>
/// The system calls of Windows as they are: each answers 0 or the number of its error. A test puts its own answers in their place.
/// </summary>
/// <remarks>Every path comes with the prefix that lifts the limit of 260 characters (<see cref="WindowsPath"/>).</remarks>
internal partial class WindowsCalls
{
    public const uint GenericRead = 0x8000_0000;
    public const uint GenericWrite = 0x4000_0000;
    public const uint Delete = 0x0001_0000;
    public const uint ReadAttributes = 0x80;
    public const uint ListFolder = 1;
    public const uint AddFile = 2;
    public const uint ShareReadAndWrite = 3;
    public const uint ShareAll = 7;
    public const uint CreateNew = 1;
    public const uint OpenExisting = 3;
    public const uint OpenAlways = 4;
    public const uint BackupSemantics = 0x0200_0000;
    public const uint OpenReparsePoint = 0x0020_0000;

    public virtual int Open(string path, uint access, uint share, uint disposition, uint flags, out SafeFileHandle file)
    {
        file = CreateFile(path, access, share, IntPtr.Zero, disposition, flags, IntPtr.Zero);
        return file.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
    }

    public virtual unsafe int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, out int written)
    {
        var at = new Overlapped { Offset = offset };
        fixed (byte* first = bytes)
        {
            return Answer(WriteFile(file, first, bytes.Length, out written, ref at));
        }
    }

    public virtual unsafe int Read(SafeFileHandle file, Span<byte> buffer, long offset, out int read)
    {
        var at = new Overlapped { Offset = offset };
        fixed (byte* first = buffer)
        {
            return Answer(ReadFile(file, first, buffer.Length, out read, ref at));
        }
    }

    public virtual int Flush(SafeFileHandle file) => Answer(FlushFileBuffers(file));

    public virtual int Lock(SafeFileHandle file, bool exclusive, long offset)
    {
        const uint FailImmediately = 1;
        const uint Exclusive = 2;
        var at = new Overlapped { Offset = offset };
        return Answer(LockFileEx(file, FailImmediately | (exclusive ? Exclusive : 0), 0, 1, 0, ref at));
    }

    public virtual int Unlock(SafeFileHandle file, long offset)
    {
        var at = new Overlapped { Offset = offset };
        return Answer(UnlockFileEx(file, 0, 1, 0, ref at));
    }

    public virtual int Look(SafeFileHandle file, out FileInformation facts) => Answer(GetFileInformationByHandle(file, out facts));

    /// <summary>FILE_ID_INFO: the volume's serial number and the file's number of 128 bits.</summary>
    public virtual unsafe int LookUpId(SafeFileHandle file, out FileId id)
    {
        const int FileIdInfo = 18;
        fixed (FileId* place = &id)
        {
            return Answer(GetFileInformationByHandleEx(file, FileIdInfo, place, sizeof(FileId)));
        }
    }

    /// <summary>FILE_ATTRIBUTE_TAG_INFO: what kind of reparse point it is.</summary>
    public virtual unsafe int LookUpTag(SafeFileHandle file, out uint tag)
    {
        const int FileAttributeTagInfo = 9;
        (uint Attributes, uint Tag) info = default;
        int answer = Answer(GetFileInformationByHandleEx(file, FileAttributeTagInfo, &info, sizeof((uint, uint))));
        tag = info.Tag;
        return answer;
    }

    /// <summary>SetFileInformationByHandle.</summary>
    public virtual unsafe int Set(SafeFileHandle file, int kind, ReadOnlySpan<byte> information)
    {
        fixed (byte* first = information)
        {
            return Answer(SetFileInformationByHandle(file, kind, first, information.Length));
        }
    }

    public virtual int SetTimes(SafeFileHandle file, long accessed, long modified)
        => Answer(SetFileTime(file, IntPtr.Zero, ref accessed, ref modified));

    public virtual int Move(string from, string to, uint flags) => Answer(MoveFileEx(from, to, flags));

    public virtual int DeletePath(string path) => Answer(DeleteFile(path));

    public virtual int MakeFolder(string path) => Answer(CreateDirectory(path, IntPtr.Zero));

    public virtual int RemoveFolder(string path) => Answer(RemoveDirectory(path));

    public virtual int MakeSymbolicLink(string path, string target, uint flags)
        => CreateSymbolicLink(path, target, flags) ? 0 : Marshal.GetLastPInvokeError();

    public virtual int MakeHardLink(string path, string existing) => Answer(CreateHardLink(path, existing, IntPtr.Zero));

    public virtual int FreeRoom(string folder, out long free) => Answer(GetDiskFreeSpaceEx(folder, out free, out _, out _));

    /// <summary>GetVolumeInformationByHandle: the file system's name and its flags.</summary>
    public virtual unsafe int LookUpVolume(SafeFileHandle file, out string name, out uint flags)
    {
        const int Longest = 261;
        char* buffer = stackalloc char[Longest];
        int answer = Answer(GetVolumeInformationByHandle(file, null, 0, out _, out _, out flags, buffer, Longest));
        name = answer == 0 ? new string(buffer) : string.Empty;
        return answer;
    }

    /// <summary>GetFinalPathNameByHandle: where a handle really lies, links and mapped drives resolved.</summary>
    public virtual unsafe int LookUpPath(SafeFileHandle file, out string path)
    {
        const int Longest = 32768;
        char[] buffer = new char[Longest];
        fixed (char* first = buffer)
        {
            uint length = GetFinalPathNameByHandle(file, first, Longest, 0);
            path = length is > 0 and < Longest ? new string(first, 0, (int)length) : string.Empty;
            return length == 0 ? Marshal.GetLastPInvokeError() : 0;
        }
    }

    public virtual uint DriveType(string root) => GetDriveType(root);

    /// <summary>DeviceIoControl with FSCTL_DUPLICATE_EXTENTS_TO_FILE.</summary>
    public virtual unsafe int Duplicate(SafeFileHandle from, SafeFileHandle to, long offset, long length)
    {
        const uint DuplicateExtents = 0x0009_8344;
        var what = new DuplicateExtentsData { File = from.DangerousGetHandle(), From = offset, To = offset, Length = length };
        return Answer(DeviceIoControl(to, DuplicateExtents, &what, sizeof(DuplicateExtentsData), null, 0, out _, IntPtr.Zero));
    }

    /// <summary>The cluster of the volume that a folder lies on, in bytes; 0 where it does not say.</summary>
    public virtual long ClusterOf(string folder)
        => GetDiskFreeSpace(folder, out uint sectors, out uint bytes, out _, out _) ? (long)sectors * bytes : 0;

    private static int Answer(int isDone) => isDone != 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeFileHandle CreateFile(
        string path, uint access, uint share, IntPtr security, uint disposition, uint flags, IntPtr template);

    [LibraryImport("kernel32", SetLastError = true)]
    private static unsafe partial int WriteFile(SafeFileHandle file, byte* bytes, int length, out int written, ref Overlapped at);

    [LibraryImport("kernel32", SetLastError = true)]
    private static unsafe partial int ReadFile(SafeFileHandle file, byte* buffer, int length, out int read, ref Overlapped at);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int FlushFileBuffers(SafeFileHandle file);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int LockFileEx(
        SafeFileHandle file, uint flags, uint reserved, uint lengthLow, uint lengthHigh, ref Overlapped at);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int UnlockFileEx(SafeFileHandle file, uint reserved, uint lengthLow, uint lengthHigh, ref Overlapped at);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int GetFileInformationByHandle(SafeFileHandle file, out FileInformation facts);

    [LibraryImport("kernel32", SetLastError = true)]
    private static unsafe partial int GetFileInformationByHandleEx(SafeFileHandle file, int kind, void* information, int length);

    [LibraryImport("kernel32", SetLastError = true)]
    private static unsafe partial int SetFileInformationByHandle(SafeFileHandle file, int kind, void* information, int length);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int SetFileTime(SafeFileHandle file, IntPtr created, ref long accessed, ref long modified);

    [LibraryImport("kernel32", EntryPoint = "MoveFileExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial int MoveFileEx(string from, string to, uint flags);

    [LibraryImport("kernel32", EntryPoint = "DeleteFileW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial int DeleteFile(string path);

    [LibraryImport("kernel32", EntryPoint = "CreateDirectoryW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial int CreateDirectory(string path, IntPtr security);

    [LibraryImport("kernel32", EntryPoint = "RemoveDirectoryW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial int RemoveDirectory(string path);

    // A BOOLEAN of one byte, unlike the others' BOOL.
    [LibraryImport("kernel32", EntryPoint = "CreateSymbolicLinkW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.U1)]
    private static partial bool CreateSymbolicLink(string path, string target, uint flags);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial int CreateHardLink(string path, string existing, IntPtr security);

    [LibraryImport("kernel32", EntryPoint = "GetDiskFreeSpaceExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial int GetDiskFreeSpaceEx(string folder, out long free, out long total, out long totalFree);

    [LibraryImport("kernel32", EntryPoint = "GetDiskFreeSpaceW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetDiskFreeSpace(string root, out uint sectors, out uint bytes, out uint free, out uint total);

    [LibraryImport("kernel32", EntryPoint = "GetVolumeInformationByHandleW", SetLastError = true)]
    private static unsafe partial int GetVolumeInformationByHandle(
        SafeFileHandle file,
        char* volume,
        int volumeLength,
        out uint serial,
        out uint longestName,
        out uint flags,
        char* name,
        int nameLength);

    [LibraryImport("kernel32", EntryPoint = "GetFinalPathNameByHandleW", SetLastError = true)]
    private static unsafe partial uint GetFinalPathNameByHandle(SafeFileHandle file, char* path, uint length, uint flags);

    [LibraryImport("kernel32", EntryPoint = "GetDriveTypeW", StringMarshalling = StringMarshalling.Utf16)]
    private static partial uint GetDriveType(string root);

    [LibraryImport("kernel32", SetLastError = true)]
    private static unsafe partial int DeviceIoControl(
        SafeFileHandle file, uint code, void* input, int inputLength, void* output, int outputLength, out int returned, IntPtr overlapped);

    /// <summary>BY_HANDLE_FILE_INFORMATION; times as FILETIME, in two halves.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public struct FileInformation
    {
        public uint Attributes;
        public long Created;
        public long Accessed;
        public long Modified;
        public uint Volume;
        public uint LengthHigh;
        public uint LengthLow;
        public uint Links;
        public uint IndexHigh;
        public uint IndexLow;

        public readonly long Length => ((long)LengthHigh << 32) | LengthLow;

        public readonly ulong Index => ((ulong)IndexHigh << 32) | IndexLow;
    }

    /// <summary>FILE_ID_INFO.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FileId
    {
        public ulong Volume;
        public ulong Low;
        public ulong High;
    }

    /// <summary>DUPLICATE_EXTENTS_DATA.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct DuplicateExtentsData
    {
        public nint File;
        public long From;
        public long To;
        public long Length;
    }

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
