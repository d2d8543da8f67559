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
    : IOException(PlainText.Of($"{operation} of '{path}' failed: {systemMessage}"), innerException)
{
    public DiskError Error { get; } = error;

    public string Operation { get; } = operation;

    public string Path { get; } = path;
}
