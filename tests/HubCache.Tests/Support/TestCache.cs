using FakeHub;
using HubCache.Platform;
using HubCache.Retry;

namespace HubCache.Tests.Support;

/// <summary>A Hub on a real socket and an empty cache on a real disk, both gone after the test.</summary>
public sealed class TestCache : IAsyncDisposable
{
    private TestCache(FakeHubServer hub, string path)
    {
        Hub = hub;
        Root = path;
        Path = System.IO.Path.Combine(path, "hub");
    }

    public FakeHubServer Hub { get; }

    /// <summary>A folder for whatever else the test needs.</summary>
    public string Root { get; }

    /// <summary>The cache; not made yet.</summary>
    public string Path { get; }

    public static async Task<TestCache> StartAsync(FakeHubOptions? options = null)
    {
        return new TestCache(await FakeHubServer.StartAsync(options), Directory.CreateTempSubdirectory("hubcache-").FullName);
    }

    public HubOptions Options => new()
    {
        Endpoint = Hub.Endpoint,
        CachePath = Path,
        OperationTimeout = TimeSpan.FromSeconds(3),
        ConnectionTimeout = TimeSpan.FromSeconds(3),
    };

    public async Task<IReadOnlyList<DownloadOutcome>> DownloadAsync(
        DownloadRequest request, HubOptions? options = null, Recorder? recorder = null, CancellationToken cancellationToken = default)
    {
        using HubDownloader downloader = Downloader(options);
        return await downloader.DownloadAsync(request, recorder ?? new Recorder(), cancellationToken);
    }

    public async Task<DownloadOutcome> DownloadAsync(
        string repo, string file, string revision = "main", HubOptions? options = null, Recorder? recorder = null)
    {
        return (await DownloadAsync(Request(repo, [file], revision), options, recorder))[0];
    }

    /// <summary>Retries without the usual pauses.</summary>
    public HubDownloader Downloader(HubOptions? options = null)
        => new(options ?? Options, new PollyRetryPolicy(TimeSpan.FromMilliseconds(10)));

    internal static HubDownloader Downloader(HubOptions options, Disk disk)
        => new(options, new PollyRetryPolicy(TimeSpan.FromMilliseconds(10)), disk);

    public static DownloadRequest Request(string repo, IEnumerable<string> files, string revision = "main", bool force = false)
    {
        return new DownloadRequest
        {
            RepoId = RepoId.Parse(repo),
            Files = [.. files.Select(HubFileName.Parse)],
            Revision = Revision.Parse(revision),
            Force = force,
        };
    }

    /// <summary>All files under the cache, relative, sorted.</summary>
    public IReadOnlyList<string> Files()
    {
        return Directory.Exists(Path)
            ? [.. Directory
                .EnumerateFiles(Path, "*", SearchOption.AllDirectories)
                .Select(file => System.IO.Path.GetRelativePath(Path, file))
                .Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>The incomplete files under the cache.</summary>
    public IReadOnlyList<string> Incomplete() => [.. Files().Where(file => file.EndsWith(".incomplete", StringComparison.Ordinal))];

    /// <summary>Copies a cache to a place where nothing is, its links as links.</summary>
    internal static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (FileSystemInfo entry in new DirectoryInfo(from).EnumerateFileSystemInfos())
        {
            string target = System.IO.Path.Combine(to, entry.Name);
            if (entry.LinkTarget is string link)
            {
                File.CreateSymbolicLink(target, link);
            }
            else if (entry is DirectoryInfo)
            {
                Copy(entry.FullName, target);
            }
            else
            {
                File.Copy(entry.FullName, target);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }
}
