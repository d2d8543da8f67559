namespace HubCache.Transfer;

/// <summary>Gives the bytes of one file from any offset on, to several askers at once.</summary>
internal interface IByteSource
{
    /// <summary>
    /// Where the file may be cut, and what that costs. May change while the file is on its way; asked before each segment.
    /// </summary>
    CutRules Cuts { get; }

    /// <summary>How long the last answer took to begin, without the redirects before it.</summary>
    TimeSpan RoundTrip { get; }

    /// <summary>Where a segment may end. Answers at once, from what the source knows.</summary>
    /// <param name="start">The segment's first byte, anywhere in the file.</param>
    /// <param name="length">The bytes that it should have, at least 1.</param>
    /// <returns>
    /// The offset after its last byte, greater than <paramref name="start"/> and at most the file's length: the place nearest to what was
    /// wanted where the source can end an answer. May be much nearer or farther than wanted where answers have fixed ranges.
    /// </returns>
    long CutNear(long start, long length);

    /// <summary>Asks for bytes.</summary>
    /// <param name="start">The offset of the first one: the end of another segment, or anywhere (a temp that is gone on with, a broken
    /// answer).</param>
    /// <param name="count">How many at most; null for all the rest. The answer may have fewer: then the rest is asked for again.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>An answer that begins at <paramref name="start"/>: a source that can only begin earlier drops what lies before.</returns>
    /// <exception cref="TransientException">Another attempt may fare better.</exception>
    /// <exception cref="StartOverException">The bytes so far cannot be added to: begin again from nothing.</exception>
    /// <exception cref="HubCacheException">For good.</exception>
    Task<ByteAnswer> OpenAsync(long start, long? count, CancellationToken cancellationToken);

    /// <summary>Forgets what it learned from earlier answers: places, validators.</summary>
    void Forget();
}

/// <summary>What a source allows for the segments of a file.</summary>
/// <param name="ShortestSegment">Bytes below which a segment of its own costs more than it brings, for whatever a cut costs the
/// source.</param>
/// <param name="GoesOnInside">
/// Whether an answer that begins inside a segment costs no more than its own bytes. When it does not, a broken answer is fetched again from
/// the segment's beginning by the source, and asking a second time beside a slow answer costs the whole segment.
/// </param>
/// <param name="RunsToEnd">Whether one answer may bring all the rest of the file, so that a lone connection needs no second
/// request.</param>
internal readonly record struct CutRules(long ShortestSegment, bool GoesOnInside, bool RunsToEnd)
{
    /// <summary>Plain HTTP: any range, and any part of it again.</summary>
    public static CutRules Anywhere { get; } = new(1 << 20, GoesOnInside: true, RunsToEnd: true);
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
