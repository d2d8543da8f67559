using System.Runtime.ExceptionServices;
using Polly;
using Polly.Retry;

namespace HubCache.Retry;

/// <summary>
/// Retries by Polly: exponential with jitter. A pause that the server asks for is kept as it is, up to the limit, and takes nothing from
/// the patience: whoever says when to come back is no server that is lost.
/// </summary>
public sealed class PollyRetryPolicy : IRetryPolicy
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _firstPause;
    private readonly TimeProvider _clock;

    /// <summary>Retries with the usual pauses: about 1, 2, 4, 8, 8 … seconds.</summary>
    public PollyRetryPolicy()
        : this(FirstPause)
    {
    }

    /// <summary>Retries with another first pause; the later ones follow from it.</summary>
    /// <param name="firstPause">The median of the first pause.</param>
    /// <param name="clock">Measures pauses and patience; the system's when it is null.</param>
    public PollyRetryPolicy(TimeSpan firstPause, TimeProvider? clock = null)
        => (_firstPause, _clock) = (firstPause, clock ?? TimeProvider.System);

    /// <inheritdoc/>
    public async Task RunAsync(
        Func<TimeSpan, CancellationToken, Task> attempt,
        RetryLimits limits,
        Action<RetryNotice> beforeRetry,
        CancellationToken cancellationToken,
        Action? whileAsked = null)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(beforeRetry);
        using var patience = new Patience(limits, _clock, whileAsked);
        try
        {
            if (limits.MaximumRetryCount == 0)
            {
                await attempt(patience.Left, cancellationToken).ConfigureAwait(false);
                return;
            }

            ResiliencePipeline pipeline =
                new ResiliencePipelineBuilder { TimeProvider = _clock }.AddRetry(Strategy(limits, beforeRetry, patience)).Build();
            await pipeline.ExecuteAsync(
                async token =>
                {
                    patience.EndPause();
                    await attempt(patience.Left, token).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (TransientException e)
        {
            ExceptionDispatchInfo.Throw(e.Cause);
        }
    }

    private RetryStrategyOptions Strategy(RetryLimits limits, Action<RetryNotice> beforeRetry, Patience patience)
    {
        return new RetryStrategyOptions
        {
            MaxRetryAttempts = limits.MaximumRetryCount,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = _firstPause,
            MaxDelay = LongestPause,
            ShouldHandle = arguments =>
                ValueTask.FromResult(arguments.Outcome.Exception is TransientException e && patience.IsEnoughFor(e.Pause)),
            DelayGenerator = arguments => ValueTask.FromResult(
                ((TransientException)arguments.Outcome.Exception!).Pause is TimeSpan asked ? (TimeSpan?)Rounded(asked) : null),
            OnRetry = arguments =>
            {
                bool isAsked = ((TransientException)arguments.Outcome.Exception!).Pause is not null;
                beforeRetry(new RetryNotice(
                    arguments.AttemptNumber + 1,
                    limits.MaximumRetryCount,
                    arguments.RetryDelay,
                    arguments.Outcome.Exception!.Message)
                { IsAsked = isAsked });
                if (isAsked)
                {
                    patience.BeginPause(arguments.RetryDelay);
                }

                return ValueTask.CompletedTask;
            },
        };
    }

    // A window is told in whole seconds, and whoever comes a moment too early is told of another one.
    private static TimeSpan Rounded(TimeSpan asked) => asked < TimeSpan.FromSeconds(10) ? asked : asked + TimeSpan.FromSeconds(1);

    /// <summary>What is left of the limits. Pauses that were asked for do not count.</summary>
    private sealed class Patience(RetryLimits limits, TimeProvider clock, Action? tick) : IDisposable
    {
        private readonly long _began = clock.GetTimestamp();
        private TimeSpan _asked;
        private ITimer? _ticker;

        public TimeSpan Left => limits.Patience - (clock.GetElapsedTime(_began) - _asked);

        public bool IsEnoughFor(TimeSpan? pause) => Left > TimeSpan.Zero && (pause ?? TimeSpan.Zero) <= limits.LongestWait;

        public void BeginPause(TimeSpan length)
        {
            _asked += length;
            _ticker = tick is null ? null : clock.CreateTimer(_ => tick(), null, TickEvery, TickEvery);
        }

        public void EndPause()
        {
            _ticker?.Dispose();
            _ticker = null;
        }

        public void Dispose() => EndPause();
    }
}
