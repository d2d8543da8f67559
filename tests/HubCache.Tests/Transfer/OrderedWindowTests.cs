using HubCache.Cache;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Tests.Support;
using HubCache.Transfer;
using Xunit;

namespace HubCache.Tests.Transfer;

/// <summary>How much of a file is asked for ahead of the first missing byte, and whose memory it takes.</summary>
public sealed class OrderedWindowTests
{
    private const int Megabyte = 1 << 20;

    [Theory]
    [InlineData(16, 8)]
    [InlineData(64, 16)]
    [InlineData(200, 50)]
    public async Task NoMoreThanAQuarterIsAskedForAheadOfTheFirstMissingByte(int length, int ahead)
    {
        await using TestCache cache = await TestCache.StartAsync();
        var etag = ETag.TryParse(new string('a', 64))!;
        var folder = new RepoFolder(cache.Path, RepoType.Model, RepoId.Parse("org/name"));
        using var temp = Temp.CreateForBlob(Disk.OfThisSystem, folder, etag);
        using var stop = new CancellationTokenSource();
        var target = new BlobTarget(etag, (long)length * Megabyte, () => temp, new FileProgress("model.bin", (long)length * Megabyte));
        using var filling = new BlobFilling(target, temp, contest: null, new BlockPool(filesAtOnce: 1), stop);

        List<Segment> segments = TakeAll(filling.Window);

        Assert.Equal(ahead, segments.Count);
        using (SegmentFetch fetch = segments[0].Begin(isRescue: false, default))
        {
            for (int megabyte = 0; megabyte < Megabyte; megabyte += BlockPool.BlockSize)
            {
                fetch.Deliver(await fetch.RentAsync(), BlockPool.BlockSize);
            }
        }

        // One more for the one that has come.
        Assert.Single(TakeAll(filling.Window));
        await filling.EndAsync();
    }

    [Fact]
    public void OnlyTheFirstSegmentOfAFileTakesMoreMemoryThanThePoolHas()
    {
        var pool = new BlockPool(filesAtOnce: 8);
        OrderedWindow[] files = [.. Enumerable.Range(0, 12).Select(_ => new OrderedWindow(0, 400 * Megabyte, 400 * Megabyte, pool))];

        int[] taken = [.. files.Select(file => TakeAll(file).Count)];

        Assert.Equal([64, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], taken);
        files[0].Clear();
        Assert.Equal(64 - 11, TakeAll(files[1]).Count);
    }

    [Fact]
    public void ASegmentBehindAnUnfinishedOneIsNoLongerThanItsMemory()
    {
        var pool = new BlockPool(filesAtOnce: 1);
        var window = new OrderedWindow(0, 400 * Megabyte, 400 * Megabyte, pool);
        Assert.NotNull(window.TryTake(Megabyte));

        Segment ahead = window.TryTake(100 * Megabyte)!;

        // Nobody writes, and yet it never has to wait for a block.
        using SegmentFetch fetch = ahead.Begin(isRescue: false, default);
        while (!ahead.IsComplete)
        {
            fetch.Deliver(AtOnce(fetch.RentAsync()), BlockPool.BlockSize);
        }

        Assert.Equal(pool.LongestAhead, ahead.End - ahead.Start);
    }

    [Fact]
    public void BreaksThatLeaveBlocksHalfFullDoNotMakeASegmentWaitForTheWriter()
    {
        var window = new OrderedWindow(0, 40 * Megabyte, 40 * Megabyte, new BlockPool(filesAtOnce: 1));
        Assert.NotNull(window.TryTake(Megabyte));
        Segment ahead = window.TryTake(Megabyte)!;

        for (int breaks = 0; breaks < 5; breaks++)
        {
            using SegmentFetch fetch = ahead.Begin(isRescue: false, default);
            fetch.Deliver(AtOnce(fetch.RentAsync()), 1000);
        }

        Assert.Equal(ahead.Start + 5000, ahead.Received);
    }

    [Fact]
    public async Task WhatTwoConnectionsBringOfOnePieceCountsOnce()
    {
        var window = new OrderedWindow(0, 40 * Megabyte, 40 * Megabyte, new BlockPool(filesAtOnce: 1));
        Segment segment = window.TryTake(Megabyte)!;
        using SegmentFetch slow = segment.Begin(isRescue: false, default);
        using SegmentFetch fast = segment.Begin(isRescue: true, default);
        byte[] inFlight = await slow.RentAsync();

        // The slow one goes on meanwhile; of what the fast one has in the end, that much is there already.
        Assert.Equal(1000, slow.Deliver(await slow.RentAsync(), 1000));
        Assert.Equal(0, fast.Deliver(await fast.RentAsync(), BlockPool.BlockSize));
        Assert.Equal(Megabyte - 1000, fast.Deliver(await fast.RentAsync(), BlockPool.BlockSize));
        Assert.Equal(0, slow.Deliver(inFlight, BlockPool.BlockSize));

        Assert.True(segment.IsComplete);
        long handedOn = 0;
        await foreach (Block block in segment.Blocks.ReadAllAsync())
        {
            handedOn += block.Length;
        }

        Assert.Equal(Megabyte, handedOn);
    }

    private static List<Segment> TakeAll(OrderedWindow window)
    {
        var segments = new List<Segment>();
        while (window.TryTake(Megabyte) is Segment segment)
        {
            segments.Add(segment);
        }

        return segments;
    }

    private static byte[] AtOnce(ValueTask<byte[]> rented)
    {
        Assert.True(rented.IsCompletedSuccessfully, "it waits for the writer");
        return rented.Result;
    }
}
