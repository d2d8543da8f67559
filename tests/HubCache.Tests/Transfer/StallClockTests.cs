using HubCache.Transfer;
using Xunit;

namespace HubCache.Tests.Transfer;

/// <summary>What counts as a stall over a whole attempt.</summary>
public sealed class StallClockTests
{
    private static readonly Uri Address = new("http://hub.example/x");

    [Fact]
    public async Task ManyAnswersOfAByteEachAreAStall()
    {
        var stalls = new StallClock(TimeSpan.FromMilliseconds(200), TimeProvider.System);

        await Assert.ThrowsAsync<TransientException>(async () =>
        {
            for (int answers = 0; answers < 1000; answers++)
            {
                using ByteAnswer answer = await stalls.TimeAsync(async () =>
                {
                    await Task.Delay(20);
                    return new ByteAnswer(Stream.Null, Address, answers, answers + 1, true, new MemoryStream());
                });
                stalls.Count(answer.Address, TimeSpan.Zero, 1);
            }
        });
    }

    [Fact]
    public void AKilobyteASecondIsNone()
    {
        var stalls = new StallClock(TimeSpan.FromSeconds(60), TimeProvider.System);

        for (int second = 0; second < 600; second++)
        {
            stalls.Count(Address, TimeSpan.FromSeconds(1), 1024);
        }
    }
}
