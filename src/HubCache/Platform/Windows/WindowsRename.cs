using System.Diagnostics;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform.Windows;

/// <summary>
/// Renaming and deleting on Windows: as on Unix where the file system can (NTFS since Windows 10 1709), and with patience while a process
/// holds a file.
/// </summary>
internal sealed class WindowsRename(WindowsCalls calls, TimeSpan patience)
{
    private const int FileRenameInfo = 3;
    private const int FileDispositionInfo = 4;
    private const int FileDispositionInfoEx = 21;
    private const int FileRenameInfoEx = 22;

    private const uint ReplaceIfExists = 1;
    private const uint PosixRename = 2;
    private const uint RenameIgnoresReadOnly = 0x40;
    private const byte DeleteIt = 1;
    private const byte PosixDelete = 2;
    private const byte DeleteIgnoresReadOnly = 0x10;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Renames an open file, whatever has its name by now. The handle needs the right to delete; without it the file is renamed by its
    /// path.
    /// </summary>
    public void ByHandle(SafeFileHandle file, string from, string to)
    {
        string target = WindowsPath.Extended(to);
        Patiently("rename", to, target, () =>
        {
            int number = calls.Set(file, FileRenameInfoEx, Information(target, ReplaceIfExists | PosixRename | RenameIgnoresReadOnly));
            if (WindowsErrors.IsUnknownCall(number))
            {
                number = calls.Set(file, FileRenameInfo, Information(target, ReplaceIfExists));
            }

            return WindowsErrors.IsUnknownCall(number) ? Move(WindowsPath.Extended(from), target) : number;
        });
    }

    public void ByPath(string from, string to)
    {
        (string source, string target) = (WindowsPath.Extended(from), WindowsPath.Extended(to));
        Patiently("rename", to, target, () =>
        {
            int number = OpenToDelete(source, out SafeFileHandle file);
            using (file)
            {
                number = number == 0
                    ? calls.Set(file, FileRenameInfoEx, Information(target, ReplaceIfExists | PosixRename | RenameIgnoresReadOnly))
                    : number;
            }

            return WindowsErrors.IsUnknownCall(number) ? Move(source, target) : number;
        });
    }

    /// <summary>
    /// Removes the name at once, even of a file that is open elsewhere, where the file system can. False when there was none.
    /// </summary>
    public bool Delete(string path)
    {
        string extended = WindowsPath.Extended(path);
        bool isMissing = false;
        Patiently("delete", path, extended, () =>
        {
            int number = OpenToDelete(extended, out SafeFileHandle file);
            using (file)
            {
                number = number == 0 ? Dispose(file) : number;
            }

            number = WindowsErrors.IsUnknownCall(number) ? calls.DeletePath(extended) : number;
            isMissing = WindowsErrors.IsMissing(number);
            return isMissing ? 0 : number;
        });
        return !isMissing;
    }

    /// <summary>Tries again while another process holds the file open.</summary>
    public T WhileHeld<T>(Func<T> attempt)
    {
        var clock = Stopwatch.StartNew();
        for (TimeSpan pause = FirstPause; ; pause = Longer(pause))
        {
            try
            {
                return attempt();
            }
            catch (DiskException e) when (e.Error == DiskError.Busy && clock.Elapsed < patience)
            {
                Thread.Sleep(pause);
            }
        }
    }

    private void Patiently(string operation, string path, string extended, Func<int> attempt)
    {
        var clock = Stopwatch.StartNew();
        for (TimeSpan pause = FirstPause; ; pause = Longer(pause))
        {
            int number = attempt();
            if (number == 0)
            {
                return;
            }

            DiskException error = Explain(number, operation, path, extended);
            if (error.Error != DiskError.Busy || clock.Elapsed >= patience)
            {
                throw error;
            }

            Thread.Sleep(pause);
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    /// <summary>
    /// "Access denied" is also what the name of an open file answers, and one that is about to go. Who may open it to delete it is not
    /// denied anything.
    /// </summary>
    private DiskException Explain(int number, string operation, string path, string extended)
    {
        DiskException error = WindowsDisk.Error(number, operation, path);
        if (number != WindowsErrors.AccessDenied)
        {
            return error;
        }

        if (new WindowsStat(calls).At(extended, path, followLink: false) is { Kind: FileKind.Folder })
        {
            return new DiskException(DiskError.IsAFolder, operation, path, "it is a folder");
        }

        int denied = OpenToDelete(extended, out SafeFileHandle file);
        file.Dispose();
        return denied is 0 or WindowsErrors.SharingViolation ? new DiskException(DiskError.Busy, operation, path, error.Message) : error;
    }

    private int OpenToDelete(string extended, out SafeFileHandle file)
    {
        return calls.Open(
            extended, WindowsCalls.Delete | WindowsCalls.ReadAttributes, WindowsCalls.ShareAll, WindowsCalls.OpenExisting,
            WindowsCalls.OpenReparsePoint | WindowsCalls.BackupSemantics, out file);
    }

    private int Dispose(SafeFileHandle file)
    {
        int number = calls.Set(file, FileDispositionInfoEx, BitConverter.GetBytes((uint)(DeleteIt | PosixDelete | DeleteIgnoresReadOnly)));
        return WindowsErrors.IsUnknownCall(number) ? calls.Set(file, FileDispositionInfo, [1]) : number;
    }

    private int Move(string source, string target)
    {
        const uint ReplaceExisting = 1;
        const uint WriteThrough = 8;
        return calls.Move(source, target, ReplaceExisting | WriteThrough);
    }

    /// <summary>FILE_RENAME_INFO: flags (or, of old, one byte that says to replace), no root folder, the name's bytes, the name.</summary>
    private static byte[] Information(string target, uint flags)
    {
        int start = IntPtr.Size == 8 ? 20 : 12;
        byte[] name = Encoding.Unicode.GetBytes(target);
        byte[] information = new byte[start + name.Length + sizeof(char)];
        BitConverter.TryWriteBytes(information, flags);
        BitConverter.TryWriteBytes(information.AsSpan(start - sizeof(uint)), name.Length);
        name.CopyTo(information, start);
        return information;
    }
}
