using HubCache.Names;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Ownership;

/// <summary>
/// A temp of our own: created exclusively, appended to by one writer, never truncated, and renamed or removed in the end.
/// </summary>
internal sealed class Temp : IDisposable
{
    // Long enough not to disturb the disk's own order, short enough that the last fsync has little left.
    private const long WriteBackEvery = 16 << 20;
    private readonly Disk _disk;
    private readonly SafeFileHandle _file;
    private FileIdentity _identity;
    private long _writtenBack;
    private long _lastTouch = Environment.TickCount64;

    private Temp(Disk disk, string folder, string name, SafeFileHandle file, long length = 0)
    {
        (Length, _writtenBack) = (length, length);
        _disk = disk;
        _file = file;
        Name = name;
        Path = System.IO.Path.Combine(folder, name);
    }

    public string Name { get; }

    public string Path { get; }

    /// <summary>Bytes appended so far.</summary>
    public long Length { get; private set; }

    /// <summary>
    /// Creates a temp for a blob. A repo that another tool removed is made again as all clients expect it, not with blobs/ alone.
    /// </summary>
    public static Temp CreateForBlob(Disk disk, RepoPaths folder, ETag etag)
    {
        RepoSkeleton.Ensure(disk, folder);
        return Create(disk, folder.Blobs, etag.Value);
    }

    /// <summary>Creates a temp; a folder that another tool removed meanwhile is made again.</summary>
    public static Temp Create(Disk disk, string folder, string prefix)
    {
        for (int tries = 1; ; tries++)
        {
            string name = IncompleteName.New(prefix).ToString();

            // Registered before it can be seen: a look in between would take it for a dead one of an earlier owner of our pid.
            TempRegister.Add(name);
            try
            {
                FolderMaker.Ensure(disk, folder);
                SafeFileHandle file = disk.CreateNew(System.IO.Path.Combine(folder, name));

                HoldShared(disk, file);
                return new Temp(disk, folder, name, file);
            }
            catch (DiskException e)
            {
                TempRegister.Remove(name);
                if (e.Error is not (DiskError.NotFound or DiskError.Exists) || tries == 3)
                {
                    throw;
                }
            }
        }
    }

    /// <summary>Makes a dead download's temp our own, by renaming it: of several contenders, one gets it.</summary>
    /// <returns>The temp; null when somebody else was faster, or it is none that can be gone on with: one with another name, which may lie
    /// anywhere, is copied.</returns>
    public static Temp? TakeOver(Disk disk, RepoPaths folder, ETag etag, string deadName, long longest)
    {
        string dead = System.IO.Path.Combine(folder.Blobs, deadName);
        string name = IncompleteName.New(etag.Value).ToString();
        SafeFileHandle? file = null;
        TempRegister.Add(name);
        try
        {
            file = disk.OpenToTakeOver(dead);
            FileFacts facts = disk.Look(file, dead);
            if (facts.Length <= longest && facts.Links <= 1 && facts.Identity.IsKnown && disk.IsOwn(facts))
            {
                // Touched before it is renamed: a process that sees it under our name must see a live owner.
                disk.Touch(file);
                string path = System.IO.Path.Combine(folder.Blobs, name);
                disk.RenameOpen(file, dead, path);
                if (disk.Look(path) is { Links: <= 1 } now && now.Identity == disk.Look(file, path).Identity)
                {
                    HoldShared(disk, file);
                    return new Temp(disk, folder.Blobs, name, file, facts.Length);
                }
            }
        }
        catch (DiskException)
        {
            // It is gone, or not ours to have: there may be another, and there is always the beginning.
        }

        file?.Dispose();
        TempRegister.Remove(name);
        return null;
    }

    /// <summary>Shared, not exclusive: the lock outlives the rename, and .NET readers of the blob ask for a shared one.</summary>
    private static void HoldShared(Disk disk, SafeFileHandle file)
    {
        // Refused, it is a probe's, which holds it for an instant.
        for (int tries = 0; tries < 5 && disk.TryLock(file, exclusive: false, LockedPart.BeyondAnyLength) == LockAnswer.Refused; tries++)
        {
            Thread.Sleep(10);
        }
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _disk.Write(_file, bytes, Length, Path);
        Length += bytes.Length;
        if (Length - _writtenBack >= WriteBackEvery)
        {
            _disk.StartWriteBack(_file, _writtenBack, Length - _writtenBack);
            _writtenBack = Length;
        }

        TouchIfDue();
    }

    /// <summary>Takes the bytes of another file, shared copy-on-write where the file system can. The temp is empty before.</summary>
    public void CopyFrom(SafeFileHandle source, string sourcePath)
    {
        if (!TryClone(source))
        {
            FileBlocks.Read(_disk, source, sourcePath, Append);
        }
    }

    /// <summary>
    /// Makes the temp, still empty, share the bytes of a file, copy-on-write; false where the file system has no such thing.
    /// </summary>
    public bool TryClone(SafeFileHandle from)
    {
        if (!_disk.TryClone(from, _file))
        {
            return false;
        }

        Length = _writtenBack = Look().Length;
        return true;
    }

    public int Read(Span<byte> buffer, long offset) => _disk.Read(_file, buffer, offset, Path);

    /// <summary>Shows waiting processes that work goes on; at most every five seconds. A stalled writer does not call it.</summary>
    public void TouchIfDue()
    {
        if (Environment.TickCount64 - _lastTouch >= ProtocolTimes.TouchInterval.TotalMilliseconds)
        {
            _lastTouch = Environment.TickCount64;
            _disk.Touch(_file);
        }
    }

    /// <summary>Shows waiting processes that this download is alive, and only waits as the server asked.</summary>
    public void Touch() => _disk.Touch(_file);

    /// <summary>Puts the bytes on the disk. A failure is final: the system may have dropped the pages, so a second try could lie.</summary>
    public void Flush()
    {
        using var ticker = new Timer(_ => _disk.Touch(_file), null, ProtocolTimes.TouchInterval, ProtocolTimes.TouchInterval);
        _disk.Flush(_file, Path);
    }

    /// <summary>Reserves room for the whole file.</summary>
    public void Reserve(long length) => _disk.Reserve(_file, length, Path);

    public FileFacts Look() => _disk.Look(_file, Path);

    /// <summary>Which file it is; of one that had to be closed, which it was.</summary>
    public FileIdentity Identity => IsOpen ? _identity = Look().Identity : _identity;

    /// <summary>Whether its bytes can still be read here.</summary>
    public bool IsOpen => !_file.IsClosed;

    /// <summary>
    /// Renames the temp to its final name. Its bytes stay readable here, even if the new name is removed; unless it had to be closed.
    /// </summary>
    public void RenameTo(string finalPath)
    {
        try
        {
            _disk.RenameOpen(_file, Path, finalPath);
        }
        catch (DiskException e) when (e.Error == DiskError.Busy && IsOpen)
        {
            // This process may hold it: some servers do not rename open files.
            _ = Identity;
            _file.Dispose();
            _disk.Rename(Path, finalPath);
        }

        TempRegister.Remove(Name);
    }

    /// <summary>Closes the temp and leaves it to the next download of the blob.</summary>
    public void SetFree(ETag etag)
    {
        // Closed first: only the owner of the name may write to the file.
        _file.Dispose();
        try
        {
            _disk.Rename(Path, System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, IncompleteName.NewFree(etag)));
            TempRegister.Remove(Name);
        }
        catch (DiskException e) when (e.Error == DiskError.Busy)
        {
            // Another process has it open, perhaps a virus scanner. Under its own name it counts as dead as soon as this process
            // ends.
            TempRegister.Remove(Name);
        }
        catch (DiskException)
        {
            // Then it is removed.
        }
    }

    /// <summary>Removes the temp if it still has its own name, and closes it.</summary>
    public void Dispose()
    {
        if (TempRegister.Holds(Name))
        {
            try
            {
                _disk.Delete(Path);
            }
            catch (DiskException)
            {
                // A temp that cannot be removed now is proven dead once this process has ended, and is removed then.
            }

            TempRegister.Remove(Name);
        }

        _file.Dispose();
    }
}
