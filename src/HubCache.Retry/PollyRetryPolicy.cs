namespace HubCache.Retry;

/// <summary>Retries by Polly.</summary>
public sealed class PollyRetryPolicy : IRetryPolicy
{
    /// <inheritdoc/>
    public Task RunAsync(Func<TimeSpan, CancellationToken, Task> attempt, RetryLimits limits, Action<RetryNotice> beforeRetry, CancellationToken cancellationToken) => throw new NotImplementedException();
}
