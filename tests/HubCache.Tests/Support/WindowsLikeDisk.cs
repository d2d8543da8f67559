using System.Collections.Concurrent;
using HubCache.Platform;
using HubCache.Testing;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Tests.Support;

/// <summary>The real disk, answering as Windows does where that differs: what is built on it must stand those answers as well.</summary>
/// <remarks>
/// Locks lie on bytes and are enforced: a shared one denies writing to everybody, an exclusive one to all but its holder.
/// </remarks>
internal sealed class WindowsLikeDisk : ForwardingDisk
{
    private readonly ConcurrentDictionary<SafeFileHandle, Held> _locks = new(ReferenceEqualityComparer.Instance);

    /// <summary>The writes that a lock denied.</summary>
    public ConcurrentQueue<string> Denied { get; } = [];

    public override LockAnswer TryLock(SafeFileHandle file, bool exclusive, LockedPart part)
    {
        var mine = new Held(Key(file), exclusive, part);
        lock (_locks)
        {
            if (On(mine.File).Any(other => other.Value.Part == part && (exclusive || other.Value.IsExclusive)))
            {
                return LockAnswer.Refused;
            }

            _locks[file] = mine;
            return LockAnswer.Granted;
        }
    }

    public override void Unlock(SafeFileHandle file, LockedPart part) => _locks.TryRemove(file, out _);

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path)
    {
        bool isDenied = offset == 0 && bytes.Length > 0
            && On(Key(file)).Any(held => held.Value.Part == LockedPart.FirstByte && !(held.Value.IsExclusive && held.Key == file));
        if (isDenied)
        {
            Denied.Enqueue(path);
            throw new DiskException(DiskError.Busy, "write", path, "another process has locked a portion of the file (33)");
        }

        base.Write(file, bytes, offset, path);
    }

    private static FileIdentity Key(SafeFileHandle file) => OfThisSystem.Look(file, string.Empty).Identity;

    private IEnumerable<KeyValuePair<SafeFileHandle, Held>> On(FileIdentity file)
        => _locks.Where(held => !held.Key.IsClosed && Equals(held.Value.File, file));

    private sealed record Held(FileIdentity File, bool IsExclusive, LockedPart Part);
}
