using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache;

/// <summary>The second process's part in finding out what a lock is worth.</summary>
public static class LockQuestion
{
    /// <summary>Asks for an exclusive lock on a file that exists, as a download would, and gives it back at once.</summary>
    /// <returns><c>Granted</c>, <c>Refused</c> or <c>Unsupported</c>.</returns>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static string Ask(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Disk disk = Disk.OfThisSystem;
        using SafeFileHandle file = disk.OpenForAppending(path);
        LockAnswer answer = disk.TryLock(file, exclusive: true, LockedPart.FirstByte);
        if (answer == LockAnswer.Granted)
        {
            disk.Unlock(file, LockedPart.FirstByte);
        }

        return answer.ToString();
    }
}
