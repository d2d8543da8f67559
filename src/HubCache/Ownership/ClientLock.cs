using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Ownership;

/// <summary>The lock by which other clients keep from fetching the same blob twice. Asked for, never relied on.</summary>
internal sealed class ClientLock : IDisposable
{
    private readonly Disk _disk;
    private readonly SafeFileHandle _file;

    private ClientLock(Disk disk, SafeFileHandle file)
    {
        _disk = disk;
        _file = file;
    }

    /// <summary>
    /// Asks once, without waiting. <see cref="LockAnswer.Unsupported"/> where the file system has no locks: then no process is kept from
    /// anything.
    /// </summary>
    public static (ClientLock? Held, LockAnswer Answer) Ask(Disk disk, string path)
    {
        try
        {
            FolderMaker.Ensure(disk, Path.GetDirectoryName(path)!);

            // filelock 3.21 to 3.29 unlinks on release: a lock on a file that has lost its name excludes nobody.
            for (int tries = 0; tries < 5; tries++)
            {
                SafeFileHandle file = disk.OpenLockFile(path);
                LockAnswer answer = disk.TryLock(file, exclusive: true, LockedPart.FirstByte);
                if (answer == LockAnswer.Granted && disk.Look(file, path).Identity == disk.Look(path)?.Identity)
                {
                    disk.LetGroupWrite(file);
                    return (new ClientLock(disk, file), answer);
                }

                file.Dispose();
                if (answer != LockAnswer.Granted)
                {
                    return (null, answer);
                }
            }
        }
        catch (DiskException)
        {
            // A read-only or foreign lock folder, or a link where the lock file should be.
        }

        return (null, LockAnswer.Unsupported);
    }

    public void Dispose()
    {
        _disk.Unlock(_file, LockedPart.FirstByte);
        _file.Dispose();
    }
}
