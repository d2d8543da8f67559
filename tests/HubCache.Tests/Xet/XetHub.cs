using FakeHub;
using HubCache.Codecs;
using HubCache.Retry;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Xet;

/// <summary>A Hub whose files are in Xet, and an empty cache.</summary>
internal sealed class XetHub : IAsyncDisposable
{
    public const string Repo = "test/xet";
    public const string Name = "model.bin";

    private XetHub(TestCache cache) => Cache = cache;

    public TestCache Cache { get; }

    public FakeHubServer Hub => Cache.Hub;

    public XetStore Store => Cache.Hub.Xet;

    public Recorder Recorder { get; } = new();

    public HubOptions Options => Cache.Options with { Transport = Transport.Xet };

    public static async Task<XetHub> StartAsync(FakeHubOptions? options = null) => new(await TestCache.StartAsync(options));

    /// <summary>Bytes that no packer makes smaller, the same for the same seed.</summary>
    public static byte[] Noise(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Puts one file into the repo and into Xet.</summary>
    public byte[] Add(byte[] bytes, FakeXetFile file, string name = Name)
    {
        Store.Add(file);
        (Hub.FindRepo(Repo) ?? Hub.AddRepo(Repo)).Commit("main", [FakeFile.FromBytes(name, bytes, lfs: true).InXet(file.Hash)]);
        return bytes;
    }

    /// <summary>The same, cut into xorbs as they come.</summary>
    public byte[] Add(byte[] bytes, string name = Name) => Add(bytes, XetMaker.File(name, bytes), name);

    /// <summary>A file made of terms: its bytes are theirs.</summary>
    public byte[] Add(IReadOnlyList<(FakeTerm Term, byte[] Bytes)> parts, string name = Name)
        => Add(
            [.. parts.SelectMany(part => part.Bytes)],
            new FakeXetFile(XetMaker.HashOf(name + parts.Count), [.. parts.Select(part => part.Term)]),
            name);

    public HubDownloader Downloader(HubOptions? options = null)
        => new(options ?? Options, new PollyRetryPolicy(TimeSpan.FromMilliseconds(10)), codecs: static () => new XetCodecs());

    public async Task<DownloadOutcome> DownloadAsync(HubOptions? options = null, string name = Name, bool force = false)
    {
        using HubDownloader downloader = Downloader(options);
        return (await downloader.DownloadAsync(TestCache.Request(Repo, [name], force: force), Recorder, CancellationToken.None))[0];
    }

    /// <summary>The download gives these bytes.</summary>
    public async Task<CachedFile> AssertDownloadsAsync(byte[] bytes, HubOptions? options = null, string name = Name)
    {
        DownloadOutcome outcome = await DownloadAsync(options, name);
        Assert.True(outcome.Error is null, $"{outcome.Error?.Message}\n{string.Join('\n', Recorder.Notes)}");
        byte[] got = await File.ReadAllBytesAsync(outcome.File!.BlobPath);
        Assert.True(bytes.AsSpan().SequenceEqual(got), "wrong bytes");
        Assert.Empty(Cache.Incomplete());
        AssertNoLeaks();
        return outcome.File!;
    }

    /// <summary>The Hub's token went to the Hub only, that of Xet to its service only, and the storage saw none.</summary>
    public void AssertNoLeaks()
    {
        Assert.DoesNotContain(Hub.Log.Entries, entry => entry.Path.Contains("_xorbs", StringComparison.Ordinal) && entry.HasAuthorization);
        Assert.DoesNotContain(Hub.Log.Entries, entry =>
            entry.Path.Contains("_cas", StringComparison.Ordinal) && entry.Token?.StartsWith("hf_", StringComparison.Ordinal) == true);
        Assert.DoesNotContain(
            Hub.Log.Entries, entry => entry.Origin == Origin.Hub && entry.Token?.StartsWith("xet_", StringComparison.Ordinal) == true);
        Assert.DoesNotContain([.. Recorder.Notes, .. Recorder.Warnings], note => note.Contains("Signature", StringComparison.Ordinal)
            || note.Contains("hf_", StringComparison.Ordinal)
            || note.Contains("xet_", StringComparison.Ordinal));
    }

    /// <summary>How many requests went to a part of Xet.</summary>
    public int Requests(string part) => Hub.Log.Count(part);

    /// <summary>What was asked for and what was said, for the message of a failed test.</summary>
    public string Story => string.Join('\n', [.. Hub.Log.Entries.Select(entry =>
        $"{entry.Method} {entry.Path[..Math.Min(40, entry.Path.Length)]} {entry.Range} {entry.Status} {entry.BodyBytes}"),
        .. Recorder.Notes]);

    public long FetchedFromXorbs => Hub.Log.BytesSent("_xorbs");

    public async ValueTask DisposeAsync() => await Cache.DisposeAsync();
}
