using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform.Windows;

/// <summary>
/// Folders held open without the right to delete them, so that no process renames them or puts a link in their place while one of them is
/// written to by its path.
/// </summary>
/// <remarks>FILE_SHARE_DELETE: "Enables subsequent open operations on a file or device to request delete access. Otherwise, no process can
/// open the file or device if it requests delete access. … Delete access allows both delete and rename operations."
/// (<see href="https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew">CreateFileW</see>) A folder that is held is
/// known for what it is by its handle: a reparse point that stands for another name is a link, any other is a folder.</remarks>
internal sealed class WindowsFolderHandle : FolderHandle
{
    private readonly List<SafeFileHandle> _held = [];
    private readonly WindowsCalls _calls;

    private WindowsFolderHandle(WindowsCalls calls) => _calls = calls;

    /// <summary>Begins above a boundary: nothing is held there, for it is not ours to keep others from renaming it.</summary>
    public static WindowsFolderHandle Above(WindowsCalls calls) => new(calls);

    public override void Dispose() => _held.ForEach(handle => handle.Dispose());

    protected override FolderHandle Enter(string name, string path, Boundary boundary, ArraySegment<string> reached)
    {
        int number = _calls.Open(
            WindowsPath.Extended(path),
            WindowsCalls.ListFolder | WindowsCalls.ReadAttributes,
            WindowsCalls.ShareReadAndWrite,
            WindowsCalls.OpenExisting,
            WindowsCalls.BackupSemantics | WindowsCalls.OpenReparsePoint, out SafeFileHandle handle);
        if (number != 0)
        {
            handle.Dispose();
            throw WindowsDisk.Error(number, "open", path);
        }

        _held.Add(handle);
        FileKind kind = new WindowsStat(_calls).Of(handle, path).Kind;
        return kind == FileKind.Link && !boundary.MayFollow(reached)
            ? throw Refused(path, new DirectoryInfo(path).LinkTarget, isOwn: true, reached.Count == 0)
            : kind is FileKind.Folder or FileKind.Link ? this
            : throw new DiskException(DiskError.NotAFolder, "open", path, "it is no folder");
    }
}
