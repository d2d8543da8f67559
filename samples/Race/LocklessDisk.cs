using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace Race;

/// <summary>A mount where every lock is granted to everybody: the system is not even asked.</summary>
internal sealed class LocklessDisk(Disk real) : Disk
{
    public override LockAnswer TryLock(SafeFileHandle file, bool exclusive) => LockAnswer.Granted;

    public override void Unlock(SafeFileHandle file)
    {
    }

    // All the rest is as it is.
    public override bool RenamesOpenFiles => real.RenamesOpenFiles;

    public override SafeFileHandle CreateNew(string path) => real.CreateNew(path);

    public override SafeFileHandle OpenForReading(string path, bool followLink) => real.OpenForReading(path, followLink);

    public override SafeFileHandle OpenLockFile(string path) => real.OpenLockFile(path);

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path) => real.Write(file, bytes, offset, path);

    public override int Read(SafeFileHandle file, Span<byte> buffer, long offset, string path) => real.Read(file, buffer, offset, path);

    public override void Flush(SafeFileHandle file, string path) => real.Flush(file, path);

    public override void FlushFolder(string path) => real.FlushFolder(path);

    public override void StartWriteBack(SafeFileHandle file, long offset, long length) => real.StartWriteBack(file, offset, length);

    public override void Reserve(SafeFileHandle file, long length, string path) => real.Reserve(file, length, path);

    public override void Touch(SafeFileHandle file) => real.Touch(file);

    public override void Rename(string from, string to) => real.Rename(from, to);

    public override void CreateSymbolicLink(string path, string target) => real.CreateSymbolicLink(path, target);

    public override void CreateHardLink(string path, string existing) => real.CreateHardLink(path, existing);

    public override string? ReadLink(string path) => real.ReadLink(path);

    public override FileFacts? Look(string path) => real.Look(path);

    public override FileFacts? LookThrough(string path) => real.LookThrough(path);

    public override FileFacts Look(SafeFileHandle file, string path) => real.Look(file, path);

    public override bool Delete(string path) => real.Delete(path);

    public override bool MakeFolder(string path) => real.MakeFolder(path);

    public override void RemoveEmptyFolder(string path) => real.RemoveEmptyFolder(path);

    public override IReadOnlyList<string> List(string folder) => real.List(folder);

    public override void LetGroupWrite(SafeFileHandle file) => real.LetGroupWrite(file);

    public override bool IsLocal(string folder) => real.IsLocal(folder);
}
