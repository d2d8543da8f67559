using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Polly;
using Polly.Retry;

namespace HubCache.Retry;

/// <summary>Retries by Polly: exponential with jitter; a pause that the server asks for is kept, up to a cap.</summary>
public sealed class PollyRetryPolicy : IRetryPolicy
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan LongestAskedPause = TimeSpan.FromSeconds(60);

    private readonly TimeSpan _firstPause;

    /// <summary>Retries with the usual pauses: about 1, 2, 4, 8, 8 … seconds.</summary>
    public PollyRetryPolicy()
        : this(FirstPause)
    {
    }

    /// <summary>Retries with another first pause; the later ones follow from it.</summary>
    /// <param name="firstPause">The median of the first pause.</param>
    public PollyRetryPolicy(TimeSpan firstPause) => _firstPause = firstPause;

    /// <inheritdoc/>
    public async Task RunAsync(
        Func<TimeSpan, CancellationToken, Task> attempt, RetryLimits limits, Action<RetryNotice> beforeRetry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(beforeRetry);
        long began = Stopwatch.GetTimestamp();
        TimeSpan Left() => limits.Patience - Stopwatch.GetElapsedTime(began);
        try
        {
            if (limits.MaximumRetryCount == 0)
            {
                await attempt(Left(), cancellationToken).ConfigureAwait(false);
                return;
            }

            ResiliencePipeline pipeline = new ResiliencePipelineBuilder().AddRetry(Strategy(limits, beforeRetry, Left)).Build();
            await pipeline.ExecuteAsync(async token => await attempt(Left(), token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (TransientException e)
        {
            ExceptionDispatchInfo.Throw(e.Cause);
        }
    }

    private RetryStrategyOptions Strategy(RetryLimits limits, Action<RetryNotice> beforeRetry, Func<TimeSpan> left)
    {
        return new RetryStrategyOptions
        {
            MaxRetryAttempts = limits.MaximumRetryCount,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = _firstPause,
            MaxDelay = LongestPause,
            ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is TransientException e && Asked(e) is var asked && (asked ?? TimeSpan.Zero) < left()),
            DelayGenerator = arguments => ValueTask.FromResult(Asked((TransientException)arguments.Outcome.Exception!)),
            OnRetry = arguments =>
            {
                beforeRetry(new RetryNotice(arguments.AttemptNumber + 1, limits.MaximumRetryCount, arguments.RetryDelay, arguments.Outcome.Exception!.Message));
                return ValueTask.CompletedTask;
            },
        };
    }

    /// <summary>The pause that the server asks for, capped; null leaves it to the back-off.</summary>
    private static TimeSpan? Asked(TransientException e) => e.Pause is not { } pause ? null : pause < LongestAskedPause ? pause : LongestAskedPause;
}
