namespace HubCache.Hub;

/// <summary>
/// Notices that the Hub or its storage as a whole does not answer, or refuses the repo, so that patience is lost once for a request and not
/// once for each file.
/// </summary>
/// <param name="received">Bytes of all transfers so far: while they grow, there is no outage.</param>
internal sealed class Outage(Func<long> received)
{
    // One file's server error may be that file's; a connection that fails or hangs is everybody's.
    private const int Enough = 2;
    private const long SignOfLife = 1 << 20;

    private readonly object _gate = new();
    private HubCacheException? _last;
    private int _failures;
    private long _receivedBefore;
    private bool _hasSucceeded;

    /// <summary>The error by which the Hub refused the repo; null as long as it did not, or after it gave a file.</summary>
    public HubCacheException? Refusal { get; private set; }

    /// <summary>The error for a file that is not asked for any more; null while there is hope.</summary>
    public HubCacheException? ErrorFor(HubFileName file)
    {
        lock (_gate)
        {
            return Refusal is not null ? Refusal
                : _failures >= Enough && received() - _receivedBefore < SignOfLife && _last is not null
                ? new HubCacheException(
                    _last.Code, $"'{file}' was not asked for any more: {_last.Message}", file.Value, _last.Advice, _last)
                : null;
        }
    }

    /// <summary>Whether an error is of the kind that tells of an outage.</summary>
    public static bool IsOne(HubCacheException error)
    {
        return error.Code is HubErrorCode.HubUnreachable or HubErrorCode.TransferTimeout or HubErrorCode.RateLimited;
    }

    /// <summary>Whether an error is the repo's rather than the file's: the Hub would refuse every other file the same way.</summary>
    public static bool IsRefusal(HubCacheException error)
    {
        return error.Code is HubErrorCode.RepoNotFound or HubErrorCode.RevisionNotFound or HubErrorCode.GatedRepo
            or HubErrorCode.TokenInvalid or HubErrorCode.RepoDisabled or HubErrorCode.ProxyRefused or HubErrorCode.CertificateInvalid;
    }

    public void Succeeded()
    {
        lock (_gate)
        {
            _failures = 0;
            _hasSucceeded = true;
        }
    }

    /// <summary>Takes note of a failure after all patience.</summary>
    /// <param name="error">The error.</param>
    /// <param name="isFinal">Whether nothing more shall be asked of the Hub: the cache has answered in its place, and answers of both must
    /// not mix.</param>
    public void Failed(HubCacheException error, bool isFinal = false)
    {
        if (IsRefusal(error))
        {
            lock (_gate)
            {
                // What refuses one file after it gave others means that one.
                Refusal = _hasSucceeded ? Refusal : Refusal ?? error;
            }
        }

        if (!IsOne(error) || error.InnerException is HubCacheException)
        {
            // The second kind is one of ours.
            return;
        }

        bool isServerError = error is { Code: HubErrorCode.HubUnreachable, InnerException: null };
        lock (_gate)
        {
            _failures += isServerError && !isFinal ? 1 : Enough;
            (_last, _receivedBefore) = (error, received());
        }
    }
}
