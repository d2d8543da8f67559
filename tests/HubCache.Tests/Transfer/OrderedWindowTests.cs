using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Tests.Support;
using HubCache.Transfer;
using Xunit;

namespace HubCache.Tests.Transfer;

/// <summary>How much of a file is in memory ahead of the first missing byte, and whose memory it takes.</summary>
public sealed class OrderedWindowTests
{
    private const int Megabyte = 1 << 20;

    [Theory]
    [InlineData(16, 8)]
    [InlineData(64, 16)]
    [InlineData(200, 50)]
    public async Task NoMoreThanAQuarterIsReadAheadOfTheFirstByteThatIsNotWritten(int length, int ahead)
    {
        await using TestCache cache = await TestCache.StartAsync();
        var etag = ETag.TryParse(new string('a', 64))!;
        var folder = new RepoPaths(cache.Path, RepoType.Model, RepoId.Parse("org/name"));
        using var temp = Temp.CreateForBlob(Disk.OfThisSystem, folder, etag);
        using var stop = new CancellationTokenSource();
        using var budget = new TransferBudget(cache.Options);
        var target = new BlobTarget(etag, (long)length * Megabyte, () => temp, new FileProgress("model.bin", (long)length * Megabyte));
        using var filling = new BlobFilling(target, temp, contest: null, budget, stop);
        OrderedWindow window = filling.Window;
        window.ReadAtMost(length);
        List<SegmentFetch> fetches = BeginAll(window);

        // All is asked for; of the first, nothing has come.
        Assert.Equal(length, fetches.Count);
        Assert.Equal(ahead - 1, fetches.Skip(1).Sum(fetch => Fill(fetch)) / Megabyte);
        Assert.Equal(Megabyte, Fill(fetches[0]));
        await Until.TrueAsync(() => temp.Length >= Megabyte && fetches.Skip(1).Sum(fetch => Fill(fetch)) > 0);
        fetches.ForEach(fetch => fetch.Dispose());
        await filling.EndAsync();
    }

    [Fact]
    public void WhatWasAskedForTakesNoMemoryUntilItComes()
    {
        var pool = new BlockPool();
        OrderedWindow window = Window(pool);

        List<SegmentFetch> fetches = BeginAll(window);

        Assert.Equal(400, fetches.Count);
        Assert.Equal(0, pool.Taken);
    }

    [Fact]
    public void OnlyTheHeadOfAFileTakesMoreMemoryThanThePoolHas()
    {
        var pool = new BlockPool();
        OrderedWindow[] files = [.. Enumerable.Range(0, 12).Select(_ => Window(pool))];

        long[] taken = [.. files.Select(file => BeginAll(file).Sum(fetch => Fill(fetch)) / Megabyte)];

        Assert.Equal([64, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], taken);
        files[0].Clear();
        Assert.False(pool.Taken > 128);
    }

    [Fact]
    public void ASegmentWhoseConnectionBrokeGetsMemoryWithoutAsking()
    {
        var pool = new BlockPool();
        OrderedWindow window = Window(pool);
        List<SegmentFetch> fetches = BeginAll(window);
        SegmentFetch broken = fetches[3];
        window.Broke(broken.Segment);
        broken.Dispose();
        Assert.Equal(64 * Megabyte, fetches.Where(fetch => fetch != broken).Skip(1).Sum(fetch => Fill(fetch)));
        Assert.Null(fetches[200].TryRent());

        SegmentFetch again = window.Begin(window.GivenBack()!, isRescue: false, default);

        Assert.Equal(3 * Megabyte, again.Start);
        Assert.Equal(Megabyte, Fill(again));
        Assert.Equal(Megabyte, Fill(fetches[0]));
    }

    [Fact]
    public void NoMoreConnectionsAreReadThanAreToDeliver()
    {
        OrderedWindow window = Window(new BlockPool());
        window.ReadAtMost(2);
        List<SegmentFetch> fetches = [.. BeginAll(window).Take(4)];
        Assert.NotNull(fetches[0].TryRent());
        byte[] block = fetches[1].TryRent()!;

        Assert.Null(fetches[2].TryRent());
        fetches[1].Deliver(block, 0);
        fetches[1].Dispose();

        Assert.NotNull(fetches[2].TryRent());
        Assert.Null(fetches[3].TryRent());
    }

    [Fact]
    public void NothingIsReadBeyondTheLimitOfTheContest()
    {
        OrderedWindow window = Window(new BlockPool());
        window.Limit(1000);
        SegmentFetch fetch = window.TryBegin(window.End, runsToEnd: true, default)!;
        fetch.Deliver(fetch.TryRent()!, 1000);

        Assert.Null(fetch.TryRent());
        window.Limit(window.End);
        Assert.NotNull(fetch.TryRent());
    }

    [Fact]
    public void AnAnswerThatBringsMoreGoesOnWithWhatNobodyHasBegunToDeliver()
    {
        OrderedWindow window = Window(new BlockPool());
        SegmentFetch first = window.TryBegin(window.End, runsToEnd: true, default)!;
        window.Cut(first, 2 * Megabyte);
        SegmentFetch waiting = window.TryBegin(3 * Megabyte, runsToEnd: false, default)!;
        SegmentFetch delivering = window.TryBegin(4 * Megabyte, runsToEnd: false, default)!;
        window.ReadAtMost(3);
        delivering.Deliver(delivering.TryRent()!, 1000);

        Assert.True(window.TryGoOn(first, window.End, Megabyte));
        Assert.Equal(3 * Megabyte, first.Segment.End);
        Assert.True(waiting.Token.IsCancellationRequested || SpinWait.SpinUntil(() => waiting.Token.IsCancellationRequested, 5000));
        Assert.False(window.TryGoOn(first, window.End, Megabyte));

        waiting.Dispose();
        Assert.Null(window.GivenBack());
        Assert.Equal(4 * Megabyte, window.Next);
    }

    [Fact]
    public async Task WhatTwoConnectionsBringOfOneSegmentCountsOnce()
    {
        OrderedWindow window = Window(new BlockPool());
        using SegmentFetch slow = window.TryBegin(Megabyte, runsToEnd: false, default)!;
        using SegmentFetch fast = window.Begin(slow.Segment, isRescue: true, default);
        byte[] inFlight = slow.TryRent()!;

        // The slow one goes on meanwhile; of what the fast one has in the end, that much is there already.
        slow.Deliver(slow.TryRent()!, 1000);
        Assert.Equal(1000, window.Received);
        fast.Deliver(fast.TryRent()!, BlockPool.BlockSize);
        Assert.Equal(1000, window.Received);
        fast.Deliver(fast.TryRent()!, BlockPool.BlockSize);
        Assert.Equal(Megabyte, window.Received);
        slow.Deliver(inFlight, BlockPool.BlockSize);
        Assert.Equal(Megabyte, window.Received);

        Assert.True(slow.Segment.IsComplete);
        long handedOn = 0;
        await foreach (Block block in slow.Segment.Blocks.ReadAllAsync())
        {
            handedOn += block.Length;
        }

        Assert.Equal(Megabyte, handedOn);
    }

    private static OrderedWindow Window(BlockPool pool)
    {
        var window = new OrderedWindow(0, 400 * Megabyte, 400 * Megabyte, pool, TimeProvider.System);
        window.ReadAtMost(400);
        return window;
    }

    private static List<SegmentFetch> BeginAll(OrderedWindow window)
    {
        var fetches = new List<SegmentFetch>();
        while (window.TryBegin(window.Next + Megabyte, runsToEnd: false, default) is SegmentFetch fetch)
        {
            fetches.Add(fetch);
        }

        return fetches;
    }

    /// <summary>Delivers as much as there is memory for.</summary>
    private static long Fill(SegmentFetch fetch)
    {
        long before = fetch.Position;
        while (fetch.Position < fetch.Segment.End && fetch.TryRent() is byte[] block)
        {
            fetch.Deliver(block, BlockPool.BlockSize);
        }

        return fetch.Position - before;
    }
}
