using HubCache.Retry;
using HubCache.Tests.Support;
using HubCache.Transfer;
using Xunit;

namespace HubCache.Tests.Transfer;

/// <summary>A source that says where its file may be cut: the schedule keeps to it.</summary>
public sealed class FixedRangeTests
{
    private const int Megabyte = 1 << 20;

    [Fact]
    public async Task EveryRangeIsAskedForOnceAndInOrder()
    {
        byte[] content = Content(40 * Megabyte);
        var source = new FixedRangeSource(content, [3 * Megabyte, 11 * Megabyte, 12 * Megabyte, 29 * Megabyte, 40 * Megabyte]);

        Assert.Equal(content, await FetchAsync(source, content.Length, start: 0));

        Assert.Equal([0, 3 * Megabyte, 11 * Megabyte, 12 * Megabyte, 29 * Megabyte], source.Asked.Select(range => range.Start).Order());
        Assert.Equal(content.Length, source.Sent);
    }

    [Fact]
    public async Task ABrokenRangeIsFetchedAgainFromItsStartAndOnlyThatOne()
    {
        byte[] content = Content(24 * Megabyte);
        var source = new FixedRangeSource(content, [8 * Megabyte, 16 * Megabyte, 24 * Megabyte]);
        source.BreakAfter(3 * Megabyte);

        Assert.Equal(content, await FetchAsync(source, content.Length, start: 0));

        Assert.Equal(content.Length + (3 * Megabyte), source.Sent);
        Assert.Equal(2, source.Asked.Count(range => range.Start == 0));
    }

    [Fact]
    public async Task AResumeInTheMiddleOfARangeCostsThatRange()
    {
        byte[] content = Content(24 * Megabyte);
        var source = new FixedRangeSource(content, [8 * Megabyte, 16 * Megabyte, 24 * Megabyte]);

        Assert.Equal(content[(10 * Megabyte)..], await FetchAsync(source, content.Length, start: 10 * Megabyte));

        Assert.Equal(16 * Megabyte, source.Sent);
    }

    private static byte[] Content(int length)
    {
        byte[] content = new byte[length];
        new Random(1).NextBytes(content);
        return content;
    }

    /// <summary>What a writer is given, in its order.</summary>
    private static async Task<byte[]> FetchAsync(FixedRangeSource source, int length, long start)
    {
        await using TestCache cache = await TestCache.StartAsync();
        using var budget = new TransferBudget(cache.Options);
        var window = new OrderedWindow(start, length, 16 * Megabyte, budget.Memory, budget.Clock);
        var written = new MemoryStream();
        Task writing = Task.Run(async () =>
        {
            while (await window.HeadAsync() is Segment segment)
            {
                await foreach (Block block in segment.Blocks.ReadAllAsync())
                {
                    written.Write(block.Content.Span);
                    window.Consumed(segment, block);
                }

                window.Retire();
            }
        });
        var rules =
            new TransferRules(new PollyRetryPolicy(TimeSpan.Zero), RetryLimits.For(3), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
        var connections = new FileConnections(source, rules, budget, new FileProgress("model.bin", length), _ => { });
        await rules.Retries.RunAsync(
            (_, token) => connections.RunAsync(window, TimeSpan.FromMinutes(1), token), rules.Limits, _ => { }, default);
        await writing;
        return written.ToArray();
    }
}
