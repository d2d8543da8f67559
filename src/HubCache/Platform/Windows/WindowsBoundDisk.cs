using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform.Windows;

/// <summary>The operations on Windows within boundaries: while one runs, the folders that lead to its file are held open.</summary>
internal sealed class WindowsBoundDisk(WindowsCalls calls, IReadOnlyList<Boundary> boundaries) : WindowsDisk(calls)
{
    private readonly WindowsCalls _calls = calls;

    public override Disk Within(Boundary boundary) => new WindowsBoundDisk(_calls, Boundary.Add(boundaries, boundary));

    public override void Reach(string folder)
    {
        try
        {
            Hold(folder)?.Dispose();
        }
        catch (DiskException e) when (e.Error != DiskError.LinkedFolder)
        {
            // It is missing, or the code that uses it will get the error.
        }
    }

    public override SafeFileHandle CreateNew(string path)
    {
        using FolderHandle? held = HoldAbove(path);
        return base.CreateNew(path);
    }

    public override SafeFileHandle OpenForAppending(string path)
    {
        using FolderHandle? held = HoldAbove(path);
        return base.OpenForAppending(path);
    }

    public override SafeFileHandle OpenToTakeOver(string path)
    {
        using FolderHandle? held = HoldAbove(path);
        return base.OpenToTakeOver(path);
    }

    public override SafeFileHandle OpenLockFile(string path)
    {
        using FolderHandle? held = HoldAbove(path);
        return base.OpenLockFile(path);
    }

    public override void Rename(string from, string to)
    {
        using FolderHandle? held = HoldAbove(from);
        using FolderHandle? other = HoldAbove(to);
        base.Rename(from, to);
    }

    public override void RenameOpen(SafeFileHandle file, string from, string to)
    {
        using FolderHandle? held = HoldAbove(from);
        using FolderHandle? other = HoldAbove(to);
        base.RenameOpen(file, from, to);
    }

    public override void CreateSymbolicLink(string path, string target)
    {
        using FolderHandle? held = HoldAbove(path);
        base.CreateSymbolicLink(path, target);
    }

    public override void CreateHardLink(string path, string existing)
    {
        using FolderHandle? held = HoldAbove(existing);
        using FolderHandle? other = HoldAbove(path);
        base.CreateHardLink(path, existing);
    }

    public override bool Delete(string path)
    {
        try
        {
            using FolderHandle? held = HoldAbove(path);
            return base.Delete(path);
        }
        catch (DiskException e) when (e.Error is DiskError.NotFound or DiskError.NotAFolder)
        {
            return false;
        }
    }

    public override bool MakeFolder(string path)
    {
        using FolderHandle? held = HoldAbove(path);
        return base.MakeFolder(path);
    }

    public override void RemoveEmptyFolder(string path)
    {
        try
        {
            using FolderHandle? held = HoldAbove(path);
            base.RemoveEmptyFolder(path);
        }
        catch (DiskException)
        {
            // What cannot be reached is left alone.
        }
    }

    public override IReadOnlyList<string> List(string folder)
    {
        try
        {
            using FolderHandle? held = boundaries.Any(boundary => boundary.GuardsLists) ? Hold(folder) : null;
            return base.List(folder);
        }
        catch (DiskException e) when (e.Error == DiskError.NotFound)
        {
            return [];
        }
    }

    private FolderHandle? HoldAbove(string path)
    {
        string full = Path.GetFullPath(path);
        return Boundary.Of(boundaries, full) is Boundary boundary
            ? FolderHandle.Open(boundary, Path.GetDirectoryName(full)!, _ => WindowsFolderHandle.Above(_calls))
            : null;
    }

    private FolderHandle? Hold(string folder)
    {
        string full = Path.GetFullPath(folder);
        return (Boundary.Of(boundaries, full) ?? boundaries.FirstOrDefault(boundary => boundary.Root == full)) is Boundary boundary
            ? FolderHandle.Open(boundary, full, _ => WindowsFolderHandle.Above(_calls))
            : null;
    }
}
