using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Worker;

/// <summary>A mount whose locks say yes to everybody, as Lustre, GPFS and some NFS mounts do.</summary>
internal sealed class DiskWithoutLocks(Disk inner) : Disk
{
    public override bool RenamesOpenFiles => inner.RenamesOpenFiles;

    public override SafeFileHandle CreateNew(string path) => inner.CreateNew(path);

    public override SafeFileHandle OpenForReading(string path, bool followLink) => inner.OpenForReading(path, followLink);

    public override SafeFileHandle OpenLockFile(string path) => inner.OpenLockFile(path);

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path) => inner.Write(file, bytes, offset, path);

    public override int Read(SafeFileHandle file, Span<byte> buffer, long offset, string path) => inner.Read(file, buffer, offset, path);

    public override void Flush(SafeFileHandle file, string path) => inner.Flush(file, path);

    public override void FlushFolder(string path) => inner.FlushFolder(path);

    public override void StartWriteBack(SafeFileHandle file, long offset, long length) => inner.StartWriteBack(file, offset, length);

    public override void Reserve(SafeFileHandle file, long length, string path) => inner.Reserve(file, length, path);

    public override void Touch(SafeFileHandle file) => inner.Touch(file);

    public override void Rename(string from, string to) => inner.Rename(from, to);

    public override void CreateSymbolicLink(string path, string target) => inner.CreateSymbolicLink(path, target);

    public override void CreateHardLink(string path, string existing) => inner.CreateHardLink(path, existing);

    public override string? ReadLink(string path) => inner.ReadLink(path);

    public override FileFacts? Look(string path) => inner.Look(path);

    public override FileFacts? LookThrough(string path) => inner.LookThrough(path);

    public override FileFacts Look(SafeFileHandle file, string path) => inner.Look(file, path);

    public override bool Delete(string path) => inner.Delete(path);

    public override bool MakeFolder(string path) => inner.MakeFolder(path);

    public override void RemoveEmptyFolder(string path) => inner.RemoveEmptyFolder(path);

    public override IReadOnlyList<string> List(string folder) => inner.List(folder);

    public override LockAnswer TryLock(SafeFileHandle file, bool exclusive) => LockAnswer.Granted;

    public override void Unlock(SafeFileHandle file)
    {
    }

    public override void LetGroupWrite(SafeFileHandle file) => inner.LetGroupWrite(file);

    public override bool IsLocal(string folder) => inner.IsLocal(folder);
}
