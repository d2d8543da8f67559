using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform;

/// <summary>Folders held open without the right to delete them, so that nobody renames them or puts a link in their place while one of them is written to by its path.</summary>
internal sealed partial class WindowsFolderHandle : FolderHandle
{
    private const uint ListFolder = 1;
    private const uint ReadAttributes = 0x80;
    private const uint ShareReadAndWrite = 3;
    private const uint OpenExisting = 3;
    private const uint BackupSemantics = 0x0200_0000;
    private const uint OpenReparsePoint = 0x0020_0000;

    private readonly List<SafeFileHandle> _held = [];

    /// <summary>Begins above a boundary: nothing is held there, for it is not ours to keep others from renaming it.</summary>
    public static WindowsFolderHandle Above() => new();

    public override void Dispose() => _held.ForEach(handle => handle.Dispose());

    protected override FolderHandle Enter(string name, string path, Boundary boundary, ArraySegment<string> reached)
    {
        SafeFileHandle handle = CreateFile(
            path, ListFolder | ReadAttributes, ShareReadAndWrite, IntPtr.Zero, OpenExisting, BackupSemantics | OpenReparsePoint, IntPtr.Zero);
        if (handle.IsInvalid)
        {
            int number = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw new DiskException(WindowsDisk.ErrorOf(number), "open", path, Marshal.GetPInvokeErrorMessage(number));
        }

        _held.Add(handle);
        FileAttributes attributes = File.GetAttributes(handle);
        string? target = attributes.HasFlag(FileAttributes.ReparsePoint) ? new DirectoryInfo(path).LinkTarget : null;
        return target is not null && !boundary.MayFollow(reached) ? throw Refused(path, target, isOwn: true, reached.Count == 0)
            : attributes.HasFlag(FileAttributes.Directory) ? this
            : throw new DiskException(DiskError.NotAFolder, "open", path, "it is no folder");
    }

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeFileHandle CreateFile(
        string path, uint access, uint share, IntPtr security, uint disposition, uint flags, IntPtr template);
}
