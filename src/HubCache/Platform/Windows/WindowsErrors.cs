namespace HubCache.Platform.Windows;

/// <summary>The error numbers of Windows that the protocol answers, by name.</summary>
/// <remarks>
/// From winerror.h, as <see href="https://learn.microsoft.com/windows/win32/debug/system-error-codes">System Error Codes</see> lists them.
/// </remarks>
internal static class WindowsErrors
{
    public const int InvalidFunction = 1;
    public const int FileNotFound = 2;
    public const int PathNotFound = 3;
    public const int AccessDenied = 5;
    public const int InvalidHandle = 6;
    public const int SharingViolation = 32;
    public const int LockViolation = 33;
    public const int HandleAtEnd = 38;
    public const int NotSupported = 50;
    public const int InvalidParameter = 87;
    public const int CallNotImplemented = 120;
    public const int InvalidLevel = 124;
    public const int AlreadyExists = 183;
    public const int UserMappedFile = 1224;
    public const int CannotAccessFile = 1920;
    public const int CannotResolveName = 1921;

    /// <summary>What a number means to the protocol.</summary>
    public static DiskError ErrorOf(int number)
    {
        return number switch
        {
            FileNotFound or PathNotFound => DiskError.NotFound,

            // A server or a share that is not there: what lies on it is not therefore gone.
            53 or 67 or 55 => DiskError.Other, // BAD_NETPATH, BAD_NET_NAME, DEV_NOT_EXIST
            80 or AlreadyExists => DiskError.Exists, // FILE_EXISTS
            AccessDenied or 65 or 1314 => DiskError.AccessDenied, // NETWORK_ACCESS_DENIED, PRIVILEGE_NOT_HELD
            19 or 6009 => DiskError.ReadOnly, // WRITE_PROTECT, FILE_READ_ONLY
            39 or 112 or 1450 => DiskError.NoSpace, // HANDLE_DISK_FULL, DISK_FULL
            1295 or 1816 => DiskError.QuotaExceeded, // DISK_QUOTA_EXCEEDED, NOT_ENOUGH_QUOTA
            17 => DiskError.CrossDevice, // NOT_SAME_DEVICE

            // CRC, SECTOR_NOT_FOUND, WRITE_FAULT, READ_FAULT, GEN_FAILURE, IO_DEVICE, DISK_OPERATION_FAILED, FILE_CORRUPT, DISK_CORRUPT
            23 or 27 or 29 or 30 or 31 or 1117 or 1127 or 1392 or 1393 => DiskError.InputOutput,

            // The share broke off: NETNAME_DELETED, UNEXP_NET_ERR, SEM_TIMEOUT, NETWORK_UNREACHABLE
            64 or 59 or 121 or 1231 => DiskError.Stale,
            SharingViolation or LockViolation or 170 or UserMappedFile => DiskError.Busy, // BUSY
            267 => DiskError.NotAFolder, // DIRECTORY
            145 => DiskError.NotEmpty, // DIR_NOT_EMPTY
            1142 => DiskError.TooManyLinks, // TOO_MANY_LINKS: 1,023 on NTFS
            111 or 123 or 161 or 206 => DiskError.BadName, // BUFFER_OVERFLOW, INVALID_NAME, BAD_PATHNAME, FILENAME_EXCED_RANGE
            CannotAccessFile or CannotResolveName or 4390 or 4392 or 4393 or 4394
                => DiskError.LinkRefused, // NOT_A_REPARSE_POINT, REPARSE_*
            InvalidFunction or NotSupported or CallNotImplemented or InvalidLevel => DiskError.NotSupported,
            _ => DiskError.Other,
        };
    }

    /// <summary>Whether a call says that this system or this file system does not know it.</summary>
    public static bool IsUnknownCall(int number)
        => number is InvalidFunction or NotSupported or InvalidParameter or CallNotImplemented or InvalidLevel or InvalidHandle;

    /// <summary>Whether nothing is at a path, or a part of the path is not a folder.</summary>
    public static bool IsMissing(int number) => number is FileNotFound or PathNotFound or 267;
}
