using FakeHub;
using HubCache.Codecs;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Tests.Support;
using HubCache.Xet;
using Xunit;

namespace HubCache.Tests.Xet;

/// <summary>What is on the disk is not fetched: of another revision, of this file, of bytes that turned out wrong.</summary>
public sealed class SecondRevisionTests
{
    private const int MB = 1 << 20;

    [Fact]
    public async Task CostsWhatChanged()
    {
        await using XetHub hub = await XetHub.StartAsync();
        (FakeXorb old, byte[] oldBytes, FakeXorb fresh, byte[] freshBytes) = Xorbs();
        byte[] first = hub.Add([(Whole(old), oldBytes)]);
        await hub.AssertDownloadsAsync(first);
        hub.Hub.ForgetRequests();
        int half = old.Chunks.Count / 2;
        int cut = old.Chunks.Take(half).Sum(chunk => chunk.Length);
        byte[] second = hub.Add([
            (new FakeTerm(old, 0, half), oldBytes[..cut]),
            (Whole(fresh), freshBytes),
            (new FakeTerm(old, half, old.Chunks.Count), oldBytes[cut..])
        ]);

        CachedFile file = await hub.AssertDownloadsAsync(second);

        Assert.True(hub.FetchedFromXorbs <= second.Length * 0.12, $"{hub.FetchedFromXorbs} of {second.Length}");
        Assert.Equal((hub.FetchedFromXorbs, oldBytes.Length), (file.BytesDownloaded, file.BytesReused));
    }

    [Fact]
    public async Task AnotherRepoHasTheChunksToo()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] bytes = hub.Add(XetHub.Noise(6 * MB));
        await hub.AssertDownloadsAsync(bytes);
        hub.Hub.ForgetRequests();
        FakeFile same = hub.Hub.FindRepo(XetHub.Repo)!.FindFile("main", XetHub.Name)!;
        hub.Hub.AddRepo("test/copy").Commit("main", [FakeFile.FromBytes("copy.bin", bytes, lfs: true).InXet(same.XetHash!)]);
        using HubDownloader downloader = hub.Downloader();
        CachedFile file = (await downloader.DownloadAsync(TestCache.Request("test/copy", ["copy.bin"]), hub.Recorder, default))[0].File!;
        Assert.Equal((0L, 0L, (long)bytes.Length), (hub.FetchedFromXorbs, file.BytesDownloaded, file.BytesReused));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(file.BlobPath));
    }

    [Fact]
    public async Task AListThatLiesCostsASecondDownload()
    {
        await using XetHub hub = await XetHub.StartAsync();
        (FakeXorb old, byte[] oldBytes, FakeXorb fresh, byte[] freshBytes) = Xorbs();
        CachedFile first = await hub.AssertDownloadsAsync(hub.Add([(Whole(old), oldBytes)]));
        using (FileStream blob = File.OpenWrite(first.BlobPath))
        {
            blob.Position = 3 * MB;
            blob.WriteByte((byte)~oldBytes[3 * MB]);
        }

        byte[] second = hub.Add([(Whole(old), oldBytes), (Whole(fresh), freshBytes)]);
        await hub.AssertDownloadsAsync(second);
        Assert.Contains(hub.Recorder.Notes, note => note.Contains("fetched once more", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("cut")]
    [InlineData("noise")]
    public async Task AListThatIsLostCostsBytesAndNothingElse(string damage)
    {
        await using XetHub hub = await XetHub.StartAsync();
        await hub.AssertDownloadsAsync(hub.Add(XetHub.Noise(3 * MB)));
        string list = Assert.Single(Directory.GetFiles(hub.Cache.Path, "*.chunks", SearchOption.AllDirectories));
        byte[] bytes = File.ReadAllBytes(list);
        switch (damage)
        {
            case "gone":
                File.Delete(list);
                break;
            case "cut":
                File.WriteAllBytes(list, bytes[..(bytes.Length / 2)]);
                break;
            default:
                File.WriteAllBytes(list, XetHub.Noise(bytes.Length));
                break;
        }
        Directory.Delete(Path.Combine(hub.Cache.Path, "models--test--xet", "snapshots"), recursive: true);
        File.Delete(Directory.GetFiles(Path.Combine(hub.Cache.Path, "models--test--xet", "blobs")).Single());
        CachedFile file = await hub.AssertDownloadsAsync(XetHub.Noise(3 * MB));
        Assert.Equal(0, file.BytesReused);
    }

    [Fact]
    public async Task OfWrongBytesOnlyTheWrongXorbIsFetchedAgain()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] one = XetHub.Noise(4 * MB, 1);
        byte[] two = XetHub.Noise(4 * MB, 2);
        FakeXorb first = Named(XetMaker.Xorb("one", one, 1), one);
        FakeXorb second = Named(XetMaker.Xorb("two", two, 2), two);
        byte[] bytes = hub.Add([(Whole(first), one), (Whole(second), two)]);
        hub.Hub.Faults.Add(Fault.FlipBit(100) with { PathContains = second.Hash });
        CachedFile file = await hub.AssertDownloadsAsync(bytes);
        Assert.True(hub.FetchedFromXorbs < 13 * MB, $"{hub.FetchedFromXorbs}");
        Assert.Equal(one.Length, file.BytesReused);
        Assert.Equal(1, hub.Requests(first.Hash));
    }

    [Fact]
    public async Task SwappedChunksAreFoundByTheHashAlone()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] bytes = XetHub.Noise(4 * 65536);
        FakeChunk[] chunks = [.. bytes.Chunk(65536).Select(chunk => FakeChunk.Stored(chunk))];
        var swapped = new FakeXorb(XetMaker.HashOf("swapped"), [chunks[1], chunks[0], chunks[2], chunks[3]]);
        hub.Add(bytes, new FakeXetFile(XetMaker.HashOf("file"), [new FakeTerm(swapped, 0, 4)]));
        DownloadOutcome outcome = await hub.DownloadAsync();
        Assert.Equal(HubErrorCode.HashMismatch, outcome.Error!.Code);
        Assert.Empty(Directory.GetFiles(Path.Combine(hub.Cache.Path, "models--test--xet", "blobs")));
    }

    [Fact]
    public async Task AListGoesWithItsBlob()
    {
        await using XetHub hub = await XetHub.StartAsync();
        await hub.AssertDownloadsAsync(hub.Add(XetHub.Noise(3 * MB)));
        Assert.True(CacheScan.Repos(hub.Cache.Path, (_, _) => true, default).Single().ChunkListSize > 0);
        string list = Assert.Single(Directory.GetFiles(hub.Cache.Path, "*.chunks", SearchOption.AllDirectories));
        Assert.Empty(await CheckAsync(hub));
        File.Copy(list, Path.Combine(Path.GetDirectoryName(list)!, new string('a', 64) + ".chunks"));
        Assert.EndsWith(new string('a', 64) + ".chunks", Assert.Single(await CheckAsync(hub)).FullName, StringComparison.Ordinal);

        var remover = new CacheRemover(hub.Cache.Path, Disk.OfThisSystem, TimeSpan.Zero);
        RemovalPlan plan =
            remover.Plan(new RemovalRequest { Selections = [new RemovalSelection { Matches = (id, _) => id == XetHub.Repo }] }, default);
        await remover.RemoveAsync(plan.Steps, _ => { }, error => throw error, default);

        Assert.Empty(Directory.GetFiles(hub.Cache.Path, "*.chunks", SearchOption.AllDirectories));
    }

    [Fact]
    public void AListIsReadAsItWasWritten()
    {
        var run = new ChunkRun(XetHash.TryParse(XetMaker.HashOf("x"))!.Value, 5, 1000);
        run.Add(70_000);
        run.Add(131_072);
        byte[] bytes = ChunkListFormat.Write(new ChunkList(300_000, [run]))!;
        ChunkRun read = Assert.Single(ChunkListFormat.Read(bytes)!.Runs);
        Assert.Equal((run.Xorb, 5, 7, new Extent(71_000, 202_072)), (read.Xorb, read.First, read.End, read.Of(6)));
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.Null(ChunkListFormat.Read(bytes));
            Assert.Null(ChunkListFormat.Read(bytes.AsSpan(0, i)));
            bytes[i] ^= 1;
        }
    }

    private static async Task<IReadOnlyList<CacheProblem>> CheckAsync(XetHub hub)
    {
        List<CacheProblem> found = [];
        await new CacheCheck(hub.Cache.Path, (_, _) => true) { LooksBesideRepos = true }.RunAsync(found.Add, _ => { }, default);
        return found;
    }

    private static FakeTerm Whole(FakeXorb xorb) => new(xorb, 0, xorb.Chunks.Count);

    private static (FakeXorb Old, byte[] OldBytes, FakeXorb Fresh, byte[] FreshBytes) Xorbs()
    {
        byte[] old = XetHub.Noise(18 * MB, 3);
        byte[] fresh = XetHub.Noise(2 * MB, 4);
        return (XetMaker.Xorb("old", old, 3), old, XetMaker.Xorb("fresh", fresh, 4), fresh);
    }

    /// <summary>The same chunks under the name that proves them.</summary>
    private static FakeXorb Named(FakeXorb xorb, byte[] bytes)
    {
        var tree = new MerkleTree(new XetCodecs());
        List<HashedLength> chunks = [];
        int start = 0;
        foreach (FakeChunk chunk in xorb.Chunks)
        {
            chunks.Add(new HashedLength(tree.OfChunk(bytes.AsSpan(start, chunk.Length)), chunk.Length));
            start += chunk.Length;
        }

        return new FakeXorb(tree.Root(chunks).ToString(), xorb);
    }
}
