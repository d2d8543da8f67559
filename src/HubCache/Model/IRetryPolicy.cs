namespace HubCache;

/// <summary>Runs an attempt again while it fails with <see cref="TransientException"/> and patience lasts.</summary>
public interface IRetryPolicy
{
    /// <summary>
    /// Runs the attempt until it succeeds, fails for good, or the limits are reached; then the last error's cause is thrown.
    /// </summary>
    /// <param name="attempt">One whole attempt. It is told how much patience is left, so that its own time-outs stay within.</param>
    /// <param name="limits">How often and for how long.</param>
    /// <param name="beforeRetry">Told the number of the retry, the pause and the reason.</param>
    /// <param name="cancellationToken">Ends pauses at once.</param>
    /// <param name="whileAsked">Called every five seconds, on any thread, during a pause that the server asks for; null for
    /// nothing.</param>
    /// <exception cref="HubCacheException">The cause of the last <see cref="TransientException"/>.</exception>
    Task RunAsync(
        Func<TimeSpan, CancellationToken, Task> attempt,
        RetryLimits limits,
        Action<RetryNotice> beforeRetry,
        CancellationToken cancellationToken,
        Action? whileAsked = null);
}

/// <summary>How often and for how long to try again without progress.</summary>
/// <param name="MaximumRetryCount">Retries after the first attempt; 0 for none.</param>
/// <param name="Patience">No retry begins later than this after the first attempt did, pauses that the server asks for left out.</param>
public sealed record RetryLimits(int MaximumRetryCount, TimeSpan Patience)
{
    // With the last attempt's time-out on top it stays under two minutes.
    private static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(100);

    /// <summary>
    /// The longest pause that is waited for when the server asks for it. A longer one ends it at once. 300 s: the Hub's own window.
    /// </summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(HubOptions.UsualLongestWaitSeconds);

    /// <summary>The limits for a number of retries: more than the usual number lengthens the patience in proportion.</summary>
    public static RetryLimits For(int maximumRetryCount)
    {
        return new RetryLimits(maximumRetryCount, UsualPatience * Math.Max(1.0, (double)maximumRetryCount / HubOptions.UsualRetryCount));
    }
}

/// <summary>A retry that is about to happen.</summary>
/// <param name="Number">1 for the first retry.</param>
/// <param name="Of">The most retries there will be.</param>
/// <param name="Pause">How long until then.</param>
/// <param name="Reason">Why.</param>
public sealed record RetryNotice(int Number, int Of, TimeSpan Pause, string Reason)
{
    /// <summary>Whether the server asks for the pause.</summary>
    public bool IsAsked { get; init; }
}
