using HubCache.Names;

namespace HubCache.Platform;

/// <summary>The causes of a failed disk operation that the protocol answers differently.</summary>
internal enum DiskError
{
    NotFound,
    Exists,
    AccessDenied,
    ReadOnly,
    NoSpace,
    QuotaExceeded,
    InputOutput,
    CrossDevice,
    LinkRefused,

    /// <summary>A link lies where a folder has to be, and is not followed.</summary>
    LinkedFolder,
    NotAFolder,
    IsAFolder,
    NotSupported,
    Stale,
    Busy,
    NotEmpty,
    TooManyLinks,
    BadName,
    Other,
}

/// <summary>A disk operation that failed: which, on what, and why.</summary>
internal sealed class DiskException(DiskError error, string operation, string path, string systemMessage, Exception? innerException = null)
    : IOException(PlainText.Of($"{operation} of '{path}' failed: {systemMessage}"), PlainText.Cause(innerException))
{
    public DiskError Error { get; } = error;

    public string Operation { get; } = operation;

    public string Path { get; } = path;

    /// <summary>Where the link leads that was in the way, as a full path; null when there was none, or it could not be read.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>Whether the link in the way is the cache, or the destination, itself.</summary>
    public bool IsRoot { get; init; }
}
