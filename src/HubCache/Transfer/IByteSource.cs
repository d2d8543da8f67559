namespace HubCache.Transfer;

/// <summary>Gives the bytes of one file from any offset on, to several askers at once.</summary>
internal interface IByteSource
{
    /// <summary>Asks for bytes.</summary>
    /// <param name="start">The offset of the first one.</param>
    /// <param name="count">How many at most; null for all the rest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TransientException">Another attempt may fare better.</exception>
    /// <exception cref="StartOverException">The bytes so far cannot be added to: begin again from nothing.</exception>
    /// <exception cref="HubCacheException">For good.</exception>
    Task<ByteAnswer> OpenAsync(long start, long? count, CancellationToken cancellationToken);

    /// <summary>How long the last answer took to begin.</summary>
    TimeSpan RoundTrip { get; }

    /// <summary>Forgets what it learned from earlier answers: places, validators.</summary>
    void Forget();
}

/// <summary>What was received so far does not belong to what the server has now.</summary>
internal sealed class StartOverException(HubCacheException cause) : Exception(cause.Message, cause)
{
    public HubCacheException Cause { get; } = cause;

    /// <summary>Whether a whole file came in place of its rest: begun from nothing, it would have been welcome.</summary>
    public bool IsWholeFile { get; init; }

    /// <summary>Whether more came than the file has.</summary>
    public bool IsTooLong { get; init; }
}
