namespace HubCache;

/// <summary>What went wrong, as a script sees it: the names are the error ids of the module.</summary>
public enum HubErrorCode
{
    /// <summary>A repo id that the Hub would refuse or that is no safe folder name.</summary>
    InvalidRepoId,

    /// <summary>A branch, tag or commit that is no git ref name or no safe path.</summary>
    InvalidRevision,

    /// <summary>A file name that leads out of its folder, or that this system or its file system cannot have.</summary>
    InvalidFileName,

    /// <summary>An option whose value cannot be used: an endpoint, a proxy, a cache path, an environment variable.</summary>
    InvalidOption,

    /// <summary>The Hub knows no such repo, or does not show it to this caller.</summary>
    RepoNotFound,

    /// <summary>The repo has no such revision.</summary>
    RevisionNotFound,

    /// <summary>The revision has no such file.</summary>
    HubFileNotFound,

    /// <summary>The cache does not hold what was asked for.</summary>
    NotCached,

    /// <summary>A cache, or a repo of it, that was named to be checked is not there.</summary>
    CacheNotFound,

    /// <summary>The Hub does not know the token.</summary>
    TokenInvalid,

    /// <summary>The repo is shown only to people whose request for access was granted.</summary>
    GatedRepo,

    /// <summary>The Hub has disabled the repo, or does not show it for legal reasons.</summary>
    RepoDisabled,

    /// <summary>The Hub asks for a longer pause than the caller's patience.</summary>
    RateLimited,

    /// <summary>The Hub took the connection, but bytes came too slowly or not at all.</summary>
    TransferTimeout,

    /// <summary>No connection, or the Hub answers with server errors.</summary>
    HubUnreachable,

    /// <summary>A proxy on the way does not let us through: a wrong password, a host that it does not open, a block page.</summary>
    ProxyRefused,

    /// <summary>The certificate of the Hub, of the storage or of a proxy is not trusted.</summary>
    CertificateInvalid,

    /// <summary>An answer that no Hub gives: a proxy's page, a missing header, a wrong range.</summary>
    HubProtocolError,

    /// <summary>The bytes do not have the hash that their name promises.</summary>
    HashMismatch,

    /// <summary>
    /// A piped object lies in a cache that is listed as read-only, and nobody said by <c>-CachePath</c> that it may be written to.
    /// </summary>
    ReadOnlyCache,

    /// <summary>The disk is full, read-only, or failed.</summary>
    CacheWriteFailed,

    /// <summary>
    /// A link lies where a folder of the cache or of a destination has to be, and nothing is written, removed or changed behind it.
    /// </summary>
    LinkedFolder,

    /// <summary>The cache could not be read.</summary>
    CacheReadFailed,

    /// <summary>An archive that Export-HubCache did not write, or that was changed or cut off.</summary>
    InvalidArchive,

    /// <summary>Offline, and the cache does not hold it.</summary>
    OfflineNotCached,
}
