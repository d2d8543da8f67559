using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Testing;

/// <summary>
/// A mount where every lock is granted to everybody, as Lustre, GPFS and some NFS mounts do: the system is not even asked.
/// </summary>
internal sealed class LocklessDisk : ForwardingDisk
{
    public override LockAnswer TryLock(SafeFileHandle file, bool exclusive, LockedPart part) => LockAnswer.Granted;

    public override void Unlock(SafeFileHandle file, LockedPart part)
    {
    }
}
