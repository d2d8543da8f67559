using FakeHub;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Lookup;

/// <summary>A Hub, an empty cache, and another cache that has a whole snapshot and must stay as it is.</summary>
internal sealed class TwoCaches : IAsyncDisposable
{
    public const string Repo = "models--org--name";

    private TwoCaches(TestCache inner, string commit)
    {
        (Inner, Commit) = (inner, commit);
        ReadOnly = Path.Combine(inner.Root, "shared");
        Disk = new FaultyDisk
        {
            Fault = call => FaultyDisk.WritingOperations.Contains(call.Operation)
                && (IsInShared(call.Path) || (call.Operation == nameof(Disk.Rename) && IsInShared(call.Target!)))
                ? DiskError.ReadOnly : null,
        };
    }

    public static string[] Names { get; } = ["a.txt", "model.bin", "sub/b.txt"];

    public TestCache Inner { get; }

    public FakeHubServer Hub => Inner.Hub;

    public string Commit { get; private set; }

    /// <summary>The cache that is only read.</summary>
    public string ReadOnly { get; }

    /// <summary>Fails whatever would change something in it.</summary>
    public FaultyDisk Disk { get; }

    public HubOptions Options => Inner.Options with { ReadOnlyCachePaths = [ReadOnly] };

    public static async Task<TwoCaches> StartAsync(bool withTree = true)
    {
        TestCache inner = await TestCache.StartAsync();
        string commit = inner.Hub.AddRepo("org/name").Commit("main", Files("one"));
        var caches = new TwoCaches(inner, commit);
        DownloadRequest request = withTree ? Request() : TestCache.Request("org/name", Names);
        Assert.All(
            await inner.DownloadAsync(request, inner.Options with { CachePath = caches.ReadOnly }), outcome => Assert.Null(outcome.Error));
        inner.Hub.Log.Clear();
        return caches;
    }

    /// <summary>The Hub's branch goes on; the shared cache does not.</summary>
    public string MoveBranch() => Hub.FindRepo("org/name")!.Commit("main", Files("two"));

    public static DownloadRequest Request(string revision = "main", params string[] files) => new()
    {
        RepoId = RepoId.Parse("org/name"),
        Revision = Revision.Parse(revision),
        Files = files.Length == 0 ? [FileSelector.Everything] : [.. files.Select(FileSelector.Parse)],
    };

    /// <summary>Downloads with a disk that refuses every write to the shared cache, which must be as it was before.</summary>
    public async Task<IReadOnlyList<DownloadOutcome>> DownloadAsync(DownloadRequest request, HubOptions? options = null)
    {
        string[] before = Everything();
        using HubDownloader downloader = TestCache.Downloader(options ?? Options, Disk);
        IReadOnlyList<DownloadOutcome> outcomes = await downloader.DownloadAsync(request, new Recorder(), CancellationToken.None);
        AssertUntouched(before);
        return outcomes;
    }

    public IReadOnlyList<DownloadOutcome> Look(string revision = "main", params string[] files)
        => new CachedFiles(Request(revision), Inner.Path, [ReadOnly], new Recorder(), Disk).Find(Request(revision, files).Files);

    /// <summary>Everything in the shared cache with its times.</summary>
    public string[] Everything()
    {
        return [.. Directory
            .EnumerateFileSystemEntries(ReadOnly, "*", SearchOption.AllDirectories)
            .Append(ReadOnly)
            .Order(StringComparer.Ordinal)
            .Select(path => $"{path} {File.GetLastWriteTimeUtc(path):O}")];
    }

    public void AssertUntouched(string[] before)
    {
        Assert.Equal(before, Everything());
        Assert.DoesNotContain(Disk.Calls, call => FaultyDisk.WritingOperations.Contains(call.Operation) && IsInShared(call.Path));
    }

    public ValueTask DisposeAsync() => Inner.DisposeAsync();

    private bool IsInShared(string path) => path.StartsWith(ReadOnly, StringComparison.Ordinal);

    private static FakeFile[] Files(string text)
        => [FakeFile.FromText("a.txt", text), FakeFile.Generated("model.bin", 5000), FakeFile.FromText("sub/b.txt", "b")];
}
