using System.Globalization;
using HubCache.Platform.Windows;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform;

/// <summary>The few file operations that the protocol is made of, one method each, so that a test can make any of them fail.</summary>
/// <remarks>Every method throws <see cref="DiskException"/> and nothing else, unless it says otherwise.</remarks>
internal abstract class Disk
{
    /// <summary>The operations of the system that runs this process.</summary>
    public static Disk OfThisSystem { get; } = OperatingSystem.IsWindows() ? new WindowsDisk() : new UnixDisk();

    /// <summary>These operations, where whatever is written, renamed, removed or linked below the boundary's root is reached by a
    /// <see cref="FolderHandle"/>. Whoever writes in a cache or a destination sets its boundary first.</summary>
    public abstract Disk Within(Boundary boundary);

    /// <summary>
    /// Throws when a link that is not followed stands for a folder, or for one above it within the boundary. Nothing else is an error here.
    /// </summary>
    /// <exception cref="DiskException"><see cref="DiskError.LinkedFolder"/>.</exception>
    public abstract void Reach(string folder);

    /// <summary>
    /// Makes a file that must not exist yet, for reading and writing. Modes follow the umask and the folder's setgid bit.
    /// </summary>
    public abstract SafeFileHandle CreateNew(string path);

    /// <summary>Opens a regular file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="followLink">Whether a link at the end of the path is followed (a blob may be a link into the shared store).</param>
    public abstract SafeFileHandle OpenForReading(string path, bool followLink);

    /// <summary>Opens a regular file to add to it, links not followed.</summary>
    public abstract SafeFileHandle OpenForAppending(string path);

    /// <summary>
    /// The same for a file that is about to be renamed: of several who want it at once, no more than one can have it where renames do not
    /// see to that.
    /// </summary>
    public virtual SafeFileHandle OpenToTakeOver(string path) => OpenForAppending(path);

    /// <summary>Opens a lock file, makes it when it is missing, never follows a link and never truncates.</summary>
    public abstract SafeFileHandle OpenLockFile(string path);

    /// <summary>Writes all bytes at the offset.</summary>
    public abstract void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path);

    /// <summary>Reads at the offset; 0 at the end.</summary>
    public abstract int Read(SafeFileHandle file, Span<byte> buffer, long offset, string path);

    /// <summary>Puts the file's bytes on the disk, and says when that failed.</summary>
    public abstract void Flush(SafeFileHandle file, string path);

    /// <summary>
    /// Puts the entries of a folder on the disk, and says when that failed. Nothing on Windows, where no such call exists.
    /// </summary>
    public abstract void FlushFolder(string path);

    /// <summary>Asks the system to begin writing a part of the file, so that the last flush is short. Never throws.</summary>
    public abstract void StartWriteBack(SafeFileHandle file, long offset, long length);

    /// <summary>
    /// Makes an empty file share the bytes of another, copy-on-write; false where the file system has no such thing. Never throws.
    /// </summary>
    public abstract bool TryClone(SafeFileHandle from, SafeFileHandle to);

    /// <summary>
    /// Bytes that this user may still write on the file system of a folder; null when it does not say, as a tmpfs without a limit. Never
    /// throws.
    /// </summary>
    public virtual long? FreeRoom(string folder)
    {
        try
        {
            return new DriveInfo(folder) is { TotalSize: > 0 } drive ? drive.AvailableFreeSpace : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Whether a file is this user's own.</summary>
    public abstract bool IsOwn(FileFacts facts);

    /// <summary>
    /// Whether the mode of a file or folder is this user's to change: its own, and no file that has other names, which may lie anywhere.
    /// </summary>
    public bool MayChangeMode(FileFacts facts) => IsOwn(facts) && (facts.Kind == FileKind.Folder || facts.Links <= 1);

    /// <summary>
    /// Reserves room for the file without changing its length; where that cannot be, or costs as much as writing it, compares with what is
    /// free.
    /// </summary>
    /// <exception cref="DiskException">There is no room.</exception>
    public abstract void Reserve(SafeFileHandle file, long length, string path);

    /// <summary>Sets the file's times to the file system's now. Never throws.</summary>
    public abstract void Touch(SafeFileHandle file);

    /// <summary>Renames over whatever has the new name, atomically. Never copies.</summary>
    public abstract void Rename(string from, string to);

    /// <summary>
    /// The same for a file that is open for writing and goes on under its new name: where the system can, whatever has the old name by now.
    /// </summary>
    public virtual void RenameOpen(SafeFileHandle file, string from, string to) => Rename(from, to);

    public abstract void CreateSymbolicLink(string path, string target);

    public abstract void CreateHardLink(string path, string existing);

    /// <summary>Where a symbolic link points, as written in it; null when the path is no link or does not exist.</summary>
    /// <exception cref="DiskException">It cannot be looked at.</exception>
    public abstract string? ReadLink(string path);

    /// <summary>
    /// What is at the path, a link itself and not its target; null when nothing is. Not answered from an attribute cache.
    /// </summary>
    public abstract FileFacts? Look(string path);

    /// <summary>What is at the path, links followed; null when nothing is.</summary>
    public abstract FileFacts? LookThrough(string path);

    public abstract FileFacts Look(SafeFileHandle file, string path);

    /// <summary>Removes a file or a link; false when it was gone already.</summary>
    public abstract bool Delete(string path);

    /// <summary>Makes one folder; false when it was there already.</summary>
    public abstract bool MakeFolder(string path);

    /// <summary>Removes a folder if it is empty. Never throws.</summary>
    public abstract void RemoveEmptyFolder(string path);

    /// <summary>The names in a folder, in no order; empty when the folder does not exist.</summary>
    public abstract IReadOnlyList<string> List(string folder);

    /// <summary>Asks for a lock without waiting: <c>flock(2)</c> on Unix, whichever the part; one byte on Windows. Never throws.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="exclusive">Whether nobody else may hold it, shared or not.</param>
    /// <param name="part">Which byte stands for the file where locks are of bytes and keep writers out.</param>
    public abstract LockAnswer TryLock(SafeFileHandle file, bool exclusive, LockedPart part);

    /// <summary>Gives a lock back. Never throws.</summary>
    public abstract void Unlock(SafeFileHandle file, LockedPart part);

    /// <summary>
    /// Lets the group write the file, as other clients of a shared cache expect of lock files, where <see cref="MayChangeMode"/>. Never
    /// throws.
    /// </summary>
    public abstract void LetGroupWrite(SafeFileHandle file);

    /// <summary>
    /// Sets the permission bits of a file or folder where <see cref="MayChangeMode"/>. A link is never followed; nothing on Windows.
    /// </summary>
    public abstract void SetMode(string path, int mode);

    /// <summary>Whether the folder lies on a file system of this machine, so that its locks and clocks are ours.</summary>
    public abstract bool IsLocal(string folder);

    /// <summary>
    /// Whether the file system knows how to put a file's bytes on the disk: <see cref="Flush"/> takes a no for an answer and goes on.
    /// </summary>
    /// <exception cref="DiskException">It knows how, and it failed.</exception>
    public virtual bool CanFlush(SafeFileHandle file, string path)
    {
        Flush(file, path);
        return true;
    }

    /// <summary>Whether it knows how to put the entries of a folder on the disk.</summary>
    /// <exception cref="DiskException">It knows how, and it failed.</exception>
    public abstract bool CanFlushFolder(string path);

    /// <summary>Whether <see cref="Reserve"/> sets room aside here.</summary>
    /// <exception cref="DiskException">There is no room.</exception>
    public abstract bool CanReserve(SafeFileHandle file, long length, string path);

    /// <summary>
    /// The permission bits of what is at the path, links followed; null where the system has none, or nothing is there. Never throws.
    /// </summary>
    public virtual UnixFileMode? Mode(string path)
    {
        try
        {
            return OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The file system of a folder by its name, such as ext4 or nfs; null when the system does not say. Never throws.</summary>
    public virtual string? FileSystemOf(string folder)
    {
        try
        {
            return new DriveInfo(folder).DriveFormat is { Length: > 0 } name ? name : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Throws when the rest of a file is longer than the room that is free.</summary>
    private protected void CompareRoom(SafeFileHandle file, long length, string path)
    {
        long missing = length - RandomAccess.GetLength(file);
        if (FreeRoom(Path.GetDirectoryName(Path.GetFullPath(path))!) is long free && free < missing)
        {
            throw new DiskException(
                DiskError.NoSpace,
                "reserve room",
                path,
                string.Create(CultureInfo.InvariantCulture, $"{missing} bytes are missing, {free} are free"));
        }
    }
}
