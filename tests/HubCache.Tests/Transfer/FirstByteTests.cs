using HubCache.Tests.Transfer.Simulation;
using HubCache.Transfer;
using Xunit;

namespace HubCache.Tests.Transfer;

/// <summary>A first byte that takes long is neither a stall nor a slow connection.</summary>
public sealed class FirstByteTests
{
    private static readonly Uri Address = new("http://storage.example/x");

    [Fact]
    public async Task SilenceIsAStallOnlyAfterTheFirstByte()
    {
        using var answer =
            new ByteAnswer(new Slow(TimeSpan.FromMilliseconds(400), TimeSpan.FromMinutes(1)), Address, 0, 1000, true, new MemoryStream());
        using var body = new TimedBody(
            answer,
            TimeSpan.FromMilliseconds(100),
            TimeSpan.FromSeconds(20),
            new StallClock(TimeSpan.FromMinutes(1), TimeProvider.System),
            TimeProvider.System);

        Assert.Equal(1, await body.ReadAsync(new byte[10], default));
        var error = await Assert.ThrowsAsync<TransientException>(async () => await body.ReadAsync(new byte[10], default));

        Assert.Equal(HubErrorCode.TransferTimeout, error.Cause.Code);
    }

    [Fact]
    public async Task TheFirstByteHasAPatienceOfItsOwn()
    {
        using var answer = new ByteAnswer(new Slow(TimeSpan.FromMinutes(1), TimeSpan.Zero), Address, 0, 1000, true, new MemoryStream());
        using var body = new TimedBody(
            answer,
            TimeSpan.FromMilliseconds(50),
            TimeSpan.FromMilliseconds(300),
            new StallClock(TimeSpan.FromMinutes(1), TimeProvider.System),
            TimeProvider.System);

        await Assert.ThrowsAsync<TransientException>(async () => await body.ReadAsync(new byte[10], default));
    }

    [Fact]
    public void ItIsThirtySecondsUnlessTheTimeOutWasSet()
    {
        var options = new HubOptions { Endpoint = new Uri("http://hub.example"), CachePath = "/nowhere" };

        Assert.Equal(TimeSpan.FromSeconds(30), options.FirstByteTimeout);
        Assert.Equal(TimeSpan.FromSeconds(10), options.OperationTimeout);
        Assert.Equal(TimeSpan.FromSeconds(4), (options with { OperationTimeout = TimeSpan.FromSeconds(4) }).FirstByteTimeout);
    }

    [Fact]
    public void NewConnectionsAreJudgedAfterTheyDelivered()
    {
        var clock = new VirtualClock();
        var scaler = new ConnectionScaler(8, _ => double.MaxValue, clock);
        var toFirstByte = TimeSpan.FromSeconds(3);
        long received = 0;
        Look(reading: 1, seconds: 2);
        Assert.Equal(2, scaler.Wanted);

        // The second one waits for its first byte, and nothing becomes faster meanwhile.
        Look(reading: 1, seconds: 2.9);
        Assert.Equal(2, scaler.Wanted);

        Look(reading: 2, seconds: 2);
        Assert.True(scaler.Wanted > 2);

        void Look(int reading, double seconds)
        {
            for (double end = clock.Seconds + seconds; clock.Seconds < end;)
            {
                clock.Advance(0.015);
                received += reading * 15_000;
                scaler.Look(new TransferView(received, reading, 1, TimeSpan.Zero), toFirstByte, TimeSpan.FromMinutes(1));
            }
        }
    }

    /// <summary>A byte after a while, and the next after another.</summary>
    private sealed class Slow(TimeSpan first, TimeSpan second) : MemoryStream
    {
        private bool _hasBegun;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(_hasBegun ? second : first, cancellationToken);
            _hasBegun = true;
            return 1;
        }
    }
}
