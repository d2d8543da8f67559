namespace HubCache.Platform;

/// <summary>Which byte of a file a lock lies on, where locks are of byte ranges and are enforced.</summary>
internal enum LockedPart
{
    /// <summary>The first: where other clients lock their lock files, which hold nothing that matters.</summary>
    FirstByte,

    /// <summary>A byte that no file ever has: for files that are written and read while they are locked.</summary>
    /// <remarks>"Locking a portion of a file for shared access denies all processes write access to the specified region of the file,
    /// including the process that first locks the region." And: "Locking a region that goes beyond the current end-of-file position is not
    /// an error." (<see href="https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-lockfileex">LockFileEx</see>)</remarks>
    BeyondAnyLength,
}

/// <summary>Where they lie.</summary>
internal static class LockedParts
{
    /// <summary>2^62, beyond the longest file of any file system, and even then not negative to those who read it signed.</summary>
    public const long BeyondAnyLength = 1L << 62;
}
