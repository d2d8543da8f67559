using System.Net;

namespace HubCache;

/// <summary>Where the Hub is, where the cache is, and how patient to be. See <see cref="HubEnvironment"/> for the usual values.</summary>
public sealed record HubOptions
{
    private readonly TimeSpan? _operationTimeout;

    /// <summary>Retries without progress before a transfer gives up.</summary>
    public const int UsualRetryCount = 5;

    /// <summary>Connections that deliver one file, and large files at once.</summary>
    public const int UsualConnections = 8;

    /// <summary>Files under 16 MB at once.</summary>
    public const int UsualSmallFiles = 32;

    /// <summary>Seconds of a pause that the Hub asks for and that is waited for: its windows for requests are of five minutes.</summary>
    public const int UsualLongestWaitSeconds = 300;

    /// <summary>The Hub's address, without a slash at the end. The token goes to this origin only.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The cache folder, absolute.</summary>
    public required string CachePath { get; init; }

    /// <summary>
    /// Caches that are searched first and never written to, absolute, in this order. The one that is written to does not count among them.
    /// </summary>
    public IReadOnlyList<string> ReadOnlyCachePaths { get; init; } = [];

    /// <summary>The access token; null for none. Never shown in any message.</summary>
    public string? Token { get; init; }

    /// <summary>Why it is not known whether a log-in left a token: its file cannot be read. Null when it can, or there is none.</summary>
    public string? TokenFault { get; init; }

    /// <summary>Whether to answer from the cache alone.</summary>
    public bool Offline { get; init; }

    /// <summary>Whether to make hard links or copies in place of symbolic links.</summary>
    public bool WithoutSymbolicLinks { get; init; }

    /// <summary>How long a connection, or the answer to a metadata request, may take. 10 s as in huggingface_hub.</summary>
    public TimeSpan ConnectionTimeout { get; init => field = Timed(value); } = TimeSpan.FromSeconds(10);

    /// <summary>How long a transfer may stay without a single byte, once the first one has come. 10 s as in huggingface_hub.</summary>
    public TimeSpan OperationTimeout
    {
        get => _operationTimeout ?? TimeSpan.FromSeconds(10);
        init => _operationTimeout = Timed(value);
    }

    /// <summary>
    /// How long the first byte of a file may take: as long as <see cref="OperationTimeout"/> where that was set, else 30 s, since a storage
    /// that is busy, or has to fetch the file itself first, takes its time.
    /// </summary>
    public TimeSpan FirstByteTimeout => _operationTimeout ?? TimeSpan.FromSeconds(30);

    /// <summary>Retries without 1 MB of progress between them.</summary>
    public int MaximumRetryCount { get; init; } = UsualRetryCount;

    /// <summary>
    /// The longest pause that is waited for when the Hub asks for it (<c>Retry-After</c>, <c>RateLimit</c>); a longer one ends the call at
    /// once.
    /// </summary>
    public TimeSpan LongestWait { get; init => field = Timed(value); } = TimeSpan.FromSeconds(UsualLongestWaitSeconds);

    /// <summary>The most connections that bring one file. It begins with one, and takes more as long as they make it faster.</summary>
    public int ConnectionsPerFile { get; init; } = UsualConnections;

    /// <summary>
    /// The most files on their way at once; null for <see cref="UsualConnections"/> large ones and <see cref="UsualSmallFiles"/> in all.
    /// </summary>
    public int? ThrottleLimit { get; init; }

    /// <summary>The most bytes a second over all connections; null for no limit.</summary>
    public long? MaxBytesPerSecond { get; init; }

    /// <summary>By which way the bytes of files come that the Hub keeps in Xet.</summary>
    public Transport Transport { get; init; }

    /// <summary>The proxy; null for what the system and the environment say.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>The credential for the proxy; null for none.</summary>
    public ICredentials? ProxyCredential { get; init; }

    /// <summary>The authorities that are trusted; null for those of the system's store.</summary>
    public CertificateSource? Certificates { get; init; }

    /// <summary>Does not print the token.</summary>
    public override string ToString() => $"{nameof(HubOptions)} {{ {Endpoint}, {CachePath} }}";

    // .NET's timers take no more than 24 days.
    private static TimeSpan Timed(TimeSpan value)
        => value.TotalMilliseconds < int.MaxValue ? value : TimeSpan.FromMilliseconds(int.MaxValue);
}
