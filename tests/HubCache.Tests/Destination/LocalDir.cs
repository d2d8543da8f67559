using FakeHub;
using HubCache.Platform;
using HubCache.Tests.Support;

namespace HubCache.Tests.Destination;

/// <summary>A repo on a Hub, and a folder to lay its files out in.</summary>
internal sealed class LocalDir : IAsyncDisposable
{
    private LocalDir(TestCache cache) => Cache = cache;

    public TestCache Cache { get; }

    public FakeHubServer Hub => Cache.Hub;

    public string Path => System.IO.Path.Combine(Cache.Root, "out");

    public string Download => System.IO.Path.Combine(Path, ".cache", "huggingface", "download");

    public static FakeFile Model { get; } = FakeFile.Generated("sub/model.bin", 3_000_000);

    public static FakeFile Config { get; } = FakeFile.FromText("config.json", "{ }");

    public string Commit { get; private set; } = null!;

    public static async Task<LocalDir> StartAsync()
    {
        var dir = new LocalDir(await TestCache.StartAsync());
        dir.Commit = dir.Hub.AddRepo("org/name").Commit("main", [Model, Config]);
        return dir;
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Metadata(string name) => System.IO.Path.Combine(Download, name + ".metadata");

    public string[] MetadataLines(string name) => System.IO.File.ReadAllLines(Metadata(name));

    public void WriteMetadata(string name, string commit, string etag, double timestamp)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Metadata(name))!);
        System.IO.File.WriteAllText(Metadata(name), FormattableString.Invariant($"{commit}\n{etag}\n{timestamp}\n"));
    }

    /// <summary>What lies in the folder: each file and folder with its time and number, so that any change shows.</summary>
    public IReadOnlyList<string> State()
    {
        return
        [
            .. Directory.EnumerateFileSystemEntries(Path, "*", SearchOption.AllDirectories).Append(Path).Order(StringComparer.Ordinal)
                .Select(entry => $"{entry} {Disk.OfThisSystem.Look(entry)!.Value with { Accessed = default }}"),
        ];
    }

    public IReadOnlyList<string> Temps() => [.. Directory.EnumerateFiles(Cache.Root, "*.incomplete", SearchOption.AllDirectories)];

    public DownloadRequest Request(
        IEnumerable<string>? names = null, bool hardLink = false, bool force = false, string? path = null, string revision = "main")
    {
        DownloadRequest request = TestCache.Request("org/name", names ?? [Model.Path, Config.Path], revision, force);
        return new DownloadRequest
        {
            RepoId = request.RepoId,
            Files = request.Files,
            Revision = request.Revision,
            Force = force,
            Destination = new DestinationFolder(path ?? Path, hardLink),
        };
    }

    public Task<IReadOnlyList<DownloadOutcome>> SaveAsync(
        IEnumerable<string>? names = null,
        bool hardLink = false,
        bool force = false,
        HubOptions? options = null,
        Disk? disk = null,
        Recorder? recorder = null,
        CancellationToken cancellationToken = default)
    {
        return SaveAsync(Request(names, hardLink, force), options, disk, recorder, cancellationToken);
    }

    public async Task<IReadOnlyList<DownloadOutcome>> SaveAsync(
        DownloadRequest request,
        HubOptions? options = null,
        Disk? disk = null,
        Recorder? recorder = null,
        CancellationToken cancellationToken = default)
    {
        using HubDownloader downloader = TestCache.Downloader(options ?? Cache.Options, disk ?? Disk.OfThisSystem);
        return await downloader.DownloadAsync(request, recorder ?? new Recorder(), cancellationToken);
    }

    public ValueTask DisposeAsync() => Cache.DisposeAsync();
}
