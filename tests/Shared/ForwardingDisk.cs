using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Testing;

/// <summary>The real disk; what derives from it says what is different. Shared as a source file, since the engine has no use for it.</summary>
internal abstract class ForwardingDisk : Disk
{
    public override SafeFileHandle CreateNew(string path) => OfThisSystem.CreateNew(path);

    public override SafeFileHandle OpenForReading(string path, bool followLink) => OfThisSystem.OpenForReading(path, followLink);

    public override SafeFileHandle OpenForAppending(string path) => OfThisSystem.OpenForAppending(path);

    public override bool TryClone(SafeFileHandle from, SafeFileHandle to) => OfThisSystem.TryClone(from, to);

    public override long? FreeRoom(string folder) => OfThisSystem.FreeRoom(folder);

    public override bool IsOwn(FileFacts facts) => OfThisSystem.IsOwn(facts);

    public override SafeFileHandle OpenLockFile(string path) => OfThisSystem.OpenLockFile(path);

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path) => OfThisSystem.Write(file, bytes, offset, path);

    public override int Read(SafeFileHandle file, Span<byte> buffer, long offset, string path) => OfThisSystem.Read(file, buffer, offset, path);

    public override void Flush(SafeFileHandle file, string path) => OfThisSystem.Flush(file, path);

    public override void FlushFolder(string path) => OfThisSystem.FlushFolder(path);

    public override void StartWriteBack(SafeFileHandle file, long offset, long length) => OfThisSystem.StartWriteBack(file, offset, length);

    public override void Reserve(SafeFileHandle file, long length, string path) => OfThisSystem.Reserve(file, length, path);

    public override void Touch(SafeFileHandle file) => OfThisSystem.Touch(file);

    public override void Rename(string from, string to) => OfThisSystem.Rename(from, to);

    public override void CreateSymbolicLink(string path, string target) => OfThisSystem.CreateSymbolicLink(path, target);

    public override void CreateHardLink(string path, string existing) => OfThisSystem.CreateHardLink(path, existing);

    public override string? ReadLink(string path) => OfThisSystem.ReadLink(path);

    public override FileFacts? Look(string path) => OfThisSystem.Look(path);

    public override FileFacts? LookThrough(string path) => OfThisSystem.LookThrough(path);

    public override FileFacts Look(SafeFileHandle file, string path) => OfThisSystem.Look(file, path);

    public override bool Delete(string path) => OfThisSystem.Delete(path);

    public override bool MakeFolder(string path) => OfThisSystem.MakeFolder(path);

    public override void RemoveEmptyFolder(string path) => OfThisSystem.RemoveEmptyFolder(path);

    public override IReadOnlyList<string> List(string folder) => OfThisSystem.List(folder);

    public override void LetGroupWrite(SafeFileHandle file) => OfThisSystem.LetGroupWrite(file);

    public override void SetMode(string path, int mode) => OfThisSystem.SetMode(path, mode);

    public override bool IsLocal(string folder) => OfThisSystem.IsLocal(folder);

    public override LockAnswer TryLock(SafeFileHandle file, bool exclusive, LockedPart part) => OfThisSystem.TryLock(file, exclusive, part);

    public override void Unlock(SafeFileHandle file, LockedPart part) => OfThisSystem.Unlock(file, part);

    public override bool CanFlush(SafeFileHandle file, string path) => OfThisSystem.CanFlush(file, path);

    public override bool CanFlushFolder(string path) => OfThisSystem.CanFlushFolder(path);

    public override bool CanReserve(SafeFileHandle file, long length, string path) => OfThisSystem.CanReserve(file, length, path);

    public override UnixFileMode? Mode(string path) => OfThisSystem.Mode(path);

    public override string? FileSystemOf(string folder) => OfThisSystem.FileSystemOf(folder);
}
