using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Testing;

/// <summary>
/// The real disk; what derives from it says what is different. Shared as a source file, since the engine has no use for it.
/// </summary>
internal abstract class ForwardingDisk : Disk
{
    /// <summary>The disk that does it, within the boundaries that were set so far.</summary>
    protected Disk Real { get; private set; } = OfThisSystem;

    public override Disk Within(Boundary boundary)
    {
        // One disk for all that is done with it: a test's faults and counts go on.
        Real = Real.Within(boundary);
        return this;
    }

    public override void Reach(string folder) => Real.Reach(folder);

    public override SafeFileHandle CreateNew(string path) => Real.CreateNew(path);

    public override SafeFileHandle OpenForReading(string path, bool followLink) => Real.OpenForReading(path, followLink);

    public override SafeFileHandle OpenForAppending(string path) => Real.OpenForAppending(path);

    public override bool TryClone(SafeFileHandle from, SafeFileHandle to) => Real.TryClone(from, to);

    public override long? FreeRoom(string folder) => Real.FreeRoom(folder);

    public override bool IsOwn(FileFacts facts) => Real.IsOwn(facts);

    public override SafeFileHandle OpenLockFile(string path) => Real.OpenLockFile(path);

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path)
        => Real.Write(file, bytes, offset, path);

    public override int Read(SafeFileHandle file, Span<byte> buffer, long offset, string path) => Real.Read(file, buffer, offset, path);

    public override void Flush(SafeFileHandle file, string path) => Real.Flush(file, path);

    public override void FlushFolder(string path) => Real.FlushFolder(path);

    public override void StartWriteBack(SafeFileHandle file, long offset, long length) => Real.StartWriteBack(file, offset, length);

    public override void Reserve(SafeFileHandle file, long length, string path) => Real.Reserve(file, length, path);

    public override void Touch(SafeFileHandle file) => Real.Touch(file);

    public override void Rename(string from, string to) => Real.Rename(from, to);

    public override void CreateSymbolicLink(string path, string target) => Real.CreateSymbolicLink(path, target);

    public override void CreateHardLink(string path, string existing) => Real.CreateHardLink(path, existing);

    public override string? ReadLink(string path) => Real.ReadLink(path);

    public override FileFacts? Look(string path) => Real.Look(path);

    public override FileFacts? LookThrough(string path) => Real.LookThrough(path);

    public override FileFacts Look(SafeFileHandle file, string path) => Real.Look(file, path);

    public override bool Delete(string path) => Real.Delete(path);

    public override bool MakeFolder(string path) => Real.MakeFolder(path);

    public override void RemoveEmptyFolder(string path) => Real.RemoveEmptyFolder(path);

    public override IReadOnlyList<string> List(string folder) => Real.List(folder);

    public override void LetGroupWrite(SafeFileHandle file) => Real.LetGroupWrite(file);

    public override void SetMode(string path, int mode) => Real.SetMode(path, mode);

    public override bool IsLocal(string folder) => Real.IsLocal(folder);

    public override LockAnswer TryLock(SafeFileHandle file, bool exclusive, LockedPart part) => Real.TryLock(file, exclusive, part);

    public override void Unlock(SafeFileHandle file, LockedPart part) => Real.Unlock(file, part);

    public override bool CanFlush(SafeFileHandle file, string path) => Real.CanFlush(file, path);

    public override bool CanFlushFolder(string path) => Real.CanFlushFolder(path);

    public override bool CanReserve(SafeFileHandle file, long length, string path) => Real.CanReserve(file, length, path);

    public override UnixFileMode? Mode(string path) => Real.Mode(path);

    public override string? FileSystemOf(string folder) => Real.FileSystemOf(folder);
}
