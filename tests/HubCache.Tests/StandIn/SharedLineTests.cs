using System.Diagnostics;
using FakeHub;
using Xunit;

namespace HubCache.Tests.StandIn;

/// <summary>All connections together go as fast as was ordered, and share that fairly.</summary>
public sealed class SharedLineTests : StandInTest
{
    private const long BytesPerSecond = 16 * Megabyte;

    protected override FakeHubOptions Options => new() { TotalBytesPerSecond = BytesPerSecond };

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task ConnectionsTogetherAreAsFastAsOrdered(int connections)
    {
        long began = Stopwatch.GetTimestamp();

        long[] bytes = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => FetchAsync("a.bin")));

        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Assert.Equal(connections * 4L * Megabyte, bytes.Sum());
        // A busy machine may be slower than the line, never much faster.
        Assert.InRange(bytes.Sum() / seconds, 0.2 * BytesPerSecond, 1.3 * BytesPerSecond);
    }

    [Fact]
    public async Task EachGetsALikeShare()
    {
        Hub.Faults.Add(Fault.Barrier(2) with { Origin = Origin.Storage });
        Task<long>[] fetches = [.. ((string[])["a.bin", "b.bin"]).Select(FetchAsync)];
        await Task.WhenAny(fetches);
        long[] sent = [Hub.Log.BytesSent("/a.bin"), Hub.Log.BytesSent("/b.bin")];
        await Task.WhenAll(fetches);

        // When one is done, the other is not far behind; with one after the other it would only begin.
        Assert.InRange(sent.Min(), 1.5 * Megabyte, 4 * Megabyte);
    }
}
