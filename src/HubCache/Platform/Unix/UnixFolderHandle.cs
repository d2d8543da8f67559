using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform.Unix;

/// <summary>
/// A folder's descriptor, and the system calls that take one. They answer as the calls do: below 0 with the error's number set aside.
/// </summary>
internal sealed class UnixFolderHandle : FolderHandle
{
    private const int RemoveFolderFlag = 0x200;
    private const int MacRemoveFolderFlag = 0x80;
    private const int LongestLink = 4096;

    private readonly SafeFileHandle _folder;

    private UnixFolderHandle(SafeFileHandle folder) => _folder = folder;

    /// <summary>Stands for no folder at all: names are paths, resolved as the system does.</summary>
    public static UnixFolderHandle OfPaths { get; } = new(new SafeFileHandle(OperatingSystem.IsMacOS() ? -2 : -100, ownsHandle: false));

    public static UnixFolderHandle Open(string path) => new(OfPaths.Require(path, path, LibC.OpenFlag.PathOnly | LibC.OpenFlag.Folder));

    public int OpenFile(string name, LibC.OpenFlag flags, int mode) => LibC.OpenAt(_folder, name, flags, mode);

    public int Rename(string name, UnixFolderHandle to, string newName) => LibC.RenameAt(_folder, name, to._folder, newName);

    public int Unlink(string name) => LibC.UnlinkAt(_folder, name, 0);

    public int RemoveFolder(string name)
        => LibC.UnlinkAt(_folder, name, OperatingSystem.IsMacOS() ? MacRemoveFolderFlag : RemoveFolderFlag);

    public int MakeFolder(string name, int mode) => LibC.MkdirAt(_folder, name, mode);

    public int Symlink(string target, string name) => LibC.SymlinkAt(target, _folder, name);

    /// <summary>Gives a file of this folder a second name; a link at the first is not followed.</summary>
    public int Link(string name, UnixFolderHandle to, string newName) => LibC.LinkAt(_folder, name, to._folder, newName, 0);

    /// <summary>What the name stands for, a link itself and not its target; null when nothing does.</summary>
    public FileFacts? Look(string name, string path) => UnixStat.In(_folder, name, path);

    /// <summary>Sets the mode of what is looked at first, and of nothing that takes its name in between.</summary>
    public int ChangeMode(string name, int mode) => LibC.ChangeModeAt(_folder, name, mode, OperatingSystem.IsMacOS() ? 0x20 : 0);

    /// <summary>The folder itself, to read or to flush.</summary>
    public SafeFileHandle Reopen(string path) => Require(".", path, LibC.OpenFlag.Folder);

    /// <summary>The names in the folder.</summary>
    public IReadOnlyList<string> List(string path)
    {
        using SafeFileHandle folder = Reopen(path);
        return OperatingSystem.IsMacOS() ? MacFolder.Names(folder, path)
            : [.. Directory.EnumerateFileSystemEntries(LibC.PathOf(folder)).Select(entry => Path.GetFileName(entry))];
    }

    public override void Dispose() => _folder.Dispose();

    protected override FolderHandle Enter(string name, string path, Boundary boundary, ArraySegment<string> reached)
    {
        int descriptor = Retry(name, LibC.OpenFlag.PathOnly | LibC.OpenFlag.Folder | LibC.OpenFlag.NoFollow);
        SafeFileHandle next = descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : EnterLink(name, path, boundary, reached);
        Dispose();
        return new UnixFolderHandle(next);
    }

    private SafeFileHandle EnterLink(string name, string path, Boundary boundary, ArraySegment<string> reached)
    {
        DiskException error = LastError(path);
        if (error.Error is not (DiskError.NotAFolder or DiskError.LinkRefused) || Look(name, path) is not { Kind: FileKind.Link } facts)
        {
            throw error;
        }

        string? target = ReadLink(name);
        bool isOwn = facts.Owner == 0 || facts.Owner == LibC.EffectiveUser();
        if (!isOwn || target is null || !boundary.MayFollow(reached))
        {
            throw Refused(path, target, isOwn, reached.Count == 0);
        }

        // Between the two looks it was this link: another user's link in its place would have another number or owner.
        return Look(name, path) is FileFacts again
            && again.Identity == facts.Identity
            && again.Owner == facts.Owner
            && again.Modified == facts.Modified
            ? Require(target, path, LibC.OpenFlag.PathOnly | LibC.OpenFlag.Folder)
            : throw Refused(path, target, isOwn: false, reached.Count == 0);
    }

    private unsafe string? ReadLink(string name)
    {
        byte* buffer = stackalloc byte[LongestLink];
        nint length = LibC.ReadLinkAt(_folder, name, buffer, LongestLink);
        return length <= 0 ? null : Encoding.UTF8.GetString(buffer, (int)length);
    }

    private SafeFileHandle Require(string name, string path, LibC.OpenFlag flags)
    {
        int descriptor = Retry(name, flags);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw LastError(path);
    }

    private int Retry(string name, LibC.OpenFlag flags)
    {
        int descriptor;
        do
        {
            descriptor = OpenFile(name, flags | LibC.OpenFlag.CloseOnExec, 0);
        }
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == LibC.Interrupted);
        return descriptor;
    }

    private static DiskException LastError(string path)
    {
        int number = Marshal.GetLastPInvokeError();
        return new DiskException(LibC.ErrorOf(number), "open", path, Marshal.GetPInvokeErrorMessage(number));
    }
}
