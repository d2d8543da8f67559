using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Transfer;

/// <summary>Answers that are not what was asked for. Each has one right answer of ours; none is spliced on hope.</summary>
public sealed class WrongAnswerTests
{
    private const int Megabyte = 1 << 20;
    private const int Size = 10 * Megabyte;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AFlippedBitIsFetchedOnceMore(bool lfs)
    {
        await using TestCache cache = await StartAsync(lfs, lfs ? Size : 4000);
        cache.Hub.Faults.Add(Fault.FlipBit(lfs ? 9 * Megabyte : 17));

        await AssertRightAsync(cache, "fetched once more");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ABitThatIsAlwaysFlippedIsNeverPublished(bool lfs)
    {
        await using TestCache cache = await StartAsync(lfs, lfs ? Size : 4000);
        cache.Hub.Faults.Add(Fault.FlipBit(17) with { Times = -1 });

        await AssertRefusedAsync(cache, HubErrorCode.HashMismatch);
        Assert.InRange(cache.Hub.Log.BytesSent(), 0, lfs ? 2.1 * Size : 8001);
    }

    [Fact]
    public async Task AFlippedBitInAFileThatComesInPiecesIsFetchedOnceMoreInPieces()
    {
        await using TestCache cache = await StartAsync(lfs: true, Size);
        cache.Hub.Faults.Add(Fault.FlipBit(17));
        cache.Hub.Faults.Add(Fault.ResetAfter(3 * Megabyte / 2) with { Times = -1 });

        await AssertRightAsync(cache, "fetched once more");
    }

    [Fact]
    public async Task AFlippedBitWithForceLeavesTheOldBlob()
    {
        await using TestCache cache = await StartAsync(lfs: true, Size);
        await cache.DownloadAsync("org/name", "model.bin");
        cache.Hub.Faults.Add(Fault.FlipBit(17) with { Times = -1 });

        DownloadOutcome outcome = (await cache.DownloadAsync(TestCache.Request("org/name", ["model.bin"], force: true)))[0];

        Assert.Equal(HubErrorCode.HashMismatch, outcome.Error!.Code);
        CacheRules.AssertKept(cache.Path);
        Assert.Equal("Cache", (await cache.DownloadAsync("org/name", "model.bin")).File!.Source);
    }

    [Fact]
    public async Task ARangeThatIsAnsweredWithTheWholeFileStartsOver()
    {
        await using TestCache cache = await StartAsync(lfs: true, Size);
        cache.Hub.Faults.Add(Fault.ResetAfter(2 * Megabyte));
        cache.Hub.Faults.Add(Fault.IgnoreRange() with { RangeStartAtLeast = Megabyte });

        await AssertRightAsync(cache, "started over");
    }

    [Fact]
    public async Task AServerWithoutRangesDeliversAllTheSame()
    {
        await using TestCache cache = await StartAsync(lfs: true, Size);
        cache.Hub.Faults.Add(Fault.IgnoreRange() with { Times = -1 });

        await AssertRightAsync(cache);
        Assert.InRange(cache.Hub.Log.BytesSent(), Size, 1.3 * Size);
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(1, -5, 0)]
    [InlineData(1, 0, 7)]
    [InlineData(-1, 1, 0)]
    [InlineData(-1, 0, 7)]
    public async Task AWrongContentRangeIsNotBelieved(int times, long startDelta, long totalDelta)
    {
        await using TestCache cache = await StartBrokenAsync();
        cache.Hub.Faults.Add(Fault.WrongContentRange(startDelta, totalDelta) with { Times = times, RangeStartAtLeast = 1 });

        await AssertRightAsync(cache, "it answers with 'bytes");
    }

    /// <summary>Each header is wrong alone: what else is said of the part fits.</summary>
    [Theory]
    [InlineData(-1, 1, false)]
    [InlineData(0, -1, false)]
    [InlineData(0, 5, true)]
    public async Task APartThatBeginsOrEndsElsewhereIsNotBelieved(long startDelta, long endDelta, bool isChunked)
    {
        await using TestCache cache = await StartBrokenAsync();
        cache.Hub.Faults.Add(Fault.WrongContentRange(startDelta, endDelta: endDelta) with { RangeStartAtLeast = 1 });
        if (isChunked)
        {
            cache.Hub.Faults.Add(Fault.Chunked() with { RangeStartAtLeast = 1 });
        }

        await AssertRightAsync(cache, "it answers with 'bytes");
    }

    [Fact]
    public async Task APartWithoutContentRangeIsNotBelieved()
    {
        await using TestCache cache = await StartBrokenAsync();
        cache.Hub.Faults.Add(Fault.HeaderOverride("Content-Range", null) with { Origin = Origin.Storage, Times = -1 });

        await AssertRightAsync(cache, "it answers with");
    }

    [Fact]
    public async Task ACodedBodyPasses()
    {
        await using TestCache cache = await StartAsync(lfs: true, Size);
        cache.Hub.Faults.Add(Fault.ContentEncodingGzip());

        await AssertRightAsync(cache, "gzip");
        Assert.All(cache.Hub.Log.Entries, entry => Assert.Equal("identity", entry.AcceptEncoding));
    }

    [Fact]
    public async Task BodiesThatAreAlwaysCodedAreRefused()
    {
        await using TestCache cache = await StartAsync(lfs: true, Size);
        cache.Hub.Faults.Add(Fault.ContentEncodingGzip() with { Times = -1 });

        await AssertRefusedAsync(cache, HubErrorCode.HubProtocolError);
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(Size)]
    public async Task ABodyWithoutLengthIsTaken(int size)
    {
        await using TestCache cache = await StartAsync(lfs: true, size);
        cache.Hub.Faults.Add(Fault.Chunked() with { Times = -1 });

        await AssertRightAsync(cache);
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(Size)]
    public async Task ABodyWithoutLengthThatEndsEarlyGoesOn(int size)
    {
        await using TestCache cache = await StartAsync(lfs: true, size);
        cache.Hub.Faults.Add(Fault.Chunked() with { Times = 3 });
        cache.Hub.Faults.Add(Fault.ShortBody(1000) with { Times = 3 });

        await AssertRightAsync(cache, "early");
    }

    [Fact]
    public async Task ABodyWithoutLengthThatIsTooLongPasses()
    {
        await using TestCache cache = await StartAsync(lfs: true, 5000);
        cache.Hub.Faults.Add(Fault.ExtraBytes(3));

        await AssertRightAsync(cache, "more bytes");
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(Size)]
    public async Task BodiesThatAreAlwaysTooLongAreRefused(int size)
    {
        await using TestCache cache = await StartAsync(lfs: true, size);
        cache.Hub.Faults.Add(Fault.ExtraBytes(3) with { Times = -1 });

        await AssertRefusedAsync(cache, HubErrorCode.HubProtocolError);
    }

    [Theory]
    [InlineData(5000, -1)]
    [InlineData(5000, 1)]
    [InlineData(Size, -Megabyte)]
    [InlineData(Size, Megabyte)]
    public async Task AFileOfAnotherLengthIsRefused(int size, int delta)
    {
        await using TestCache cache = await StartAsync(lfs: true, size);
        cache.Hub.Faults.Add(Fault.WrongLength(delta) with { Times = -1 });

        await AssertRefusedAsync(cache, HubErrorCode.HubProtocolError);
    }

    [Fact]
    public async Task AWrongLengthOncePasses()
    {
        await using TestCache cache = await StartBrokenAsync();
        cache.Hub.Faults.Add(Fault.WrongLength(-1) with { RangeStartAtLeast = 1 });

        await AssertRightAsync(cache, "it answers with");
    }

    [Fact]
    public async Task AFileThatChangesInTheMiddleStartsOver()
    {
        await using TestCache cache = await StartAsync(lfs: true, Size);
        cache.Hub.Faults.Add(Fault.ResetAfter(2 * Megabyte));
        cache.Hub.Faults.Add(Fault.ChangedEtag("another") with { RangeStartAtLeast = Megabyte, Times = -1 });

        await AssertRightAsync(cache, "started over");
        Assert.Contains(cache.Hub.Log.Entries, entry => entry.Range is not null && entry.IfRange is not null && entry.Status == 200);
    }

    /// <summary>A server that passes over If-Range says by the part's own validator that it is another file's.</summary>
    [Fact]
    public async Task APartWithAnotherValidatorStartsOver()
    {
        await using TestCache cache = await StartAsync(lfs: true, Size);
        cache.Hub.Faults.Add(Fault.ResetAfter(2 * Megabyte));
        cache.Hub.Faults.Add(Fault.HeaderOverride("ETag", "\"another\"") with { Origin = Origin.Storage, RangeStartAtLeast = Megabyte });

        await AssertRightAsync(cache, "the file changed during the download");
    }

    [Fact]
    public async Task IfRangeCarriesTheValidatorOfTheStorageAndNotOfTheHub()
    {
        await using TestCache cache = await StartAsync(lfs: true, Size);
        var file = FakeFile.Generated("model.bin", Size);
        cache.Hub.Faults.Add(Fault.ResetAfter(2 * Megabyte));

        await AssertRightAsync(cache);
        LoggedRequest[] conditional = [.. cache.Hub.Log.Entries.Where(entry => entry.IfRange is not null)];
        Assert.NotEmpty(conditional);
        Assert.All(conditional, entry => Assert.Equal(Origin.Storage, entry.Origin));
        Assert.DoesNotContain(conditional, entry => entry.IfRange!.Contains(file.Etag, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AWeakValidatorIsNotSent()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", Size, lfs: false, weakEtag: true)]);
        cache.Hub.Faults.Add(Fault.ResetAfter(2 * Megabyte));

        await AssertRightAsync(cache);
        Assert.DoesNotContain(cache.Hub.Log.Entries, entry => entry.IfRange is not null);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task ARefusedRangeStartsOver(int times)
    {
        await using TestCache cache = await StartBrokenAsync();
        cache.Hub.Faults.Add(Fault.Status(416) with { Times = times, Origin = Origin.Storage, RangeStartAtLeast = 1 });

        await AssertRightAsync(cache, "416");
    }

    [Fact]
    public async Task AWebPageInPlaceOfTheBytesPasses()
    {
        await using TestCache cache = await StartAsync(lfs: true, Size);
        cache.Hub.Faults.Add(Fault.HtmlPage() with { Origin = Origin.Storage, Times = 2 });

        await AssertRightAsync(cache, "web page");
    }

    [Fact]
    public async Task AWebPageAlwaysIsRefusedByName()
    {
        await using TestCache cache = await StartAsync(lfs: true, Size);
        cache.Hub.Faults.Add(Fault.HtmlPage() with { Origin = Origin.Storage, Times = -1 });

        HubCacheException error = await AssertRefusedAsync(cache, HubErrorCode.HubProtocolError);
        Assert.Contains("web page", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWebPageInPlaceOfMetadataIsRefusedAndNothingWritten()
    {
        await using TestCache cache = await StartAsync(lfs: true, Size);
        cache.Hub.Faults.Add(Fault.HtmlPage() with { Times = -1 });

        Assert.Equal(HubErrorCode.HubProtocolError, (await cache.DownloadAsync("org/name", "model.bin")).Error!.Code);
        Assert.False(Directory.Exists(cache.Path));
    }

    /// <summary>One whose first answer breaks, so that a range is asked for.</summary>
    private static async Task<TestCache> StartBrokenAsync()
    {
        TestCache cache = await StartAsync(lfs: true, Size);
        cache.Hub.Faults.Add(Fault.ResetAfter(Megabyte));
        return cache;
    }

    private static async Task<TestCache> StartAsync(bool lfs, long size)
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.Generated("model.bin", size, lfs: lfs)]);
        return cache;
    }

    /// <param name="cache">With a fault on order.</param>
    /// <param name="note">What the download has to say of the fault: that it went well could be luck.</param>
    private static async Task AssertRightAsync(TestCache cache, string note = "")
    {
        var recorder = new Recorder();
        DownloadOutcome outcome =
            await cache.DownloadAsync("org/name", "model.bin", options: cache.Options with { ConnectionsPerFile = 1 }, recorder: recorder);

        Assert.Null(outcome.Error);
        Assert.Equal("Downloaded", outcome.File!.Source);
        Assert.Contains(note, string.Join('\n', recorder.Notes), StringComparison.Ordinal);
        Assert.Empty(cache.Incomplete());
        CacheRules.AssertKept(cache.Path);
    }

    private static async Task<HubCacheException> AssertRefusedAsync(TestCache cache, HubErrorCode code)
    {
        DownloadOutcome outcome = await cache.DownloadAsync("org/name", "model.bin");

        Assert.Equal(code, outcome.Error?.Code);
        CacheRules.AssertNothingPublished(cache.Path);
        return outcome.Error!;
    }
}
