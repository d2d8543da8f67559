using HubCache.Retry;
using HubCache.Tests.Support;
using HubCache.Transfer;
using Xunit;

namespace HubCache.Tests.Transfer;

/// <summary>A side that complains is served by fewer connections of the whole call.</summary>
public sealed class BackOffTests
{
    private const int Most = 8;

    [Theory]
    [InlineData(HubErrorCode.RateLimited, true)]
    [InlineData(HubErrorCode.HubUnreachable, true)]
    [InlineData(HubErrorCode.HubProtocolError, false)]
    public async Task ARefusalOrABreakHalvesWhatTheCallMayHaveOpen(HubErrorCode code, bool isScarce)
    {
        await using TestCache cache = await TestCache.StartAsync();
        using var budget = new TransferBudget(cache.Options with { ConnectionsPerFile = Most, ThrottleLimit = Most });
        for (int others = 0; others < Most; others++)
        {
            Assert.True(budget.Connections.TryEnter());
        }

        await AttemptAsync(new Refusing(code), budget);

        Assert.Equal(isScarce, budget.Connections.AreScarce);
    }

    [Fact]
    public async Task AnAttemptThatIsRefusedAsksOnce()
    {
        // Often, since it depends on which thread is faster whether the segment is seen before the refusal is.
        const int Attempts = 2000;
        await using TestCache cache = await TestCache.StartAsync();
        using var budget = new TransferBudget(cache.Options with { ConnectionsPerFile = Most, ThrottleLimit = Most });
        var source = new Refusing(HubErrorCode.RateLimited);

        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            await AttemptAsync(source, budget);
        }

        Assert.Equal(Attempts, source.Asked);
    }

    private static Task<TransientException> AttemptAsync(Refusing source, TransferBudget budget)
    {
        var rules =
            new TransferRules(new PollyRetryPolicy(TimeSpan.Zero), RetryLimits.For(0), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
        var connections = new FileConnections(source, rules, budget, new FileProgress("model.bin", 1000), _ => { });
        var window = new OrderedWindow(0, 1000, 1000, budget.Memory, TimeProvider.System);
        return Assert.ThrowsAsync<TransientException>(() => connections.RunAsync(window, TimeSpan.FromMinutes(1), default));
    }

    private sealed class Refusing(HubErrorCode code) : IByteSource
    {
        private int _asked;

        public int Asked => _asked;

        public CutRules Cuts => CutRules.Anywhere;

        public TimeSpan RoundTrip => TimeSpan.Zero;

        public long CutNear(long start, long length) => start + length;

        public void Forget()
        {
        }

        public async Task<ByteAnswer> OpenAsync(long start, long? count, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            await Task.Yield();
            throw new TransientException(new HubCacheException(code, "Ordered.", "model.bin", "Wait."));
        }
    }
}
