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

        var rules = new TransferRules(new PollyRetryPolicy(TimeSpan.Zero), RetryLimits.For(0), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
        var connections = new FileConnections(new Refusing(code), rules, budget, new FileProgress("model.bin", 1000), _ => { });
        await Assert.ThrowsAsync<TransientException>(() => connections.RunAsync(new OrderedWindow(0, 1000, 1000, budget.Memory, TimeProvider.System), TimeSpan.FromMinutes(1), default));

        Assert.Equal(isScarce, budget.Connections.AreScarce);
    }

    private sealed class Refusing(HubErrorCode code) : IByteSource
    {
        public CutRules Cuts => CutRules.Anywhere;

        public TimeSpan RoundTrip => TimeSpan.Zero;

        public long CutNear(long start, long length) => start + length;

        public void Forget()
        {
        }

        public Task<ByteAnswer> OpenAsync(long start, long? count, CancellationToken cancellationToken)
            => throw new TransientException(new HubCacheException(code, "Ordered.", "model.bin", "Wait."));
    }
}
