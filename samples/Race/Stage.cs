using System.Globalization;
using FakeHub;
using HubCache.Ownership;

namespace Race;

/// <summary>A Hub with one file, which it has under two names, and an empty cache.</summary>
internal sealed class Stage : IAsyncDisposable
{
    /// <summary>The same bytes, and so the same blob, under a name whose line can be held up.</summary>
    public const string SlowName = "slow.bin";

    private const string Name = "model.bin";
    private const string Repo = "demo/race";

    private readonly FakeHubServer _hub;
    private readonly FakeFile _file;
    private readonly string _commit;

    private Stage(FakeHubServer hub, DirectoryInfo folder, long length)
    {
        _hub = hub;
        _file = FakeFile.Generated(Name, length);
        _commit = hub.AddRepo(Repo).Commit("main", [_file, FakeFile.Generated(SlowName, length)]);
        CachePath = Path.Combine(folder.FullName, "hub");
    }

    public string CachePath { get; }

    public string BlobPath => Path.Combine(Blobs, Hash);

    public long Length => _file.Size;

    /// <summary>The SHA-256 of the file, which is the name of its blob.</summary>
    public string Hash => _file.Etag;

    /// <summary>Bytes of the file that were sent since <see cref="Clear"/>.</summary>
    public long BytesSent => _hub.Log.Entries.Where(request => request.Origin == Origin.Storage).Sum(request => request.BodyBytes);

    private string RepoFolder => Path.Combine(CachePath, "models--demo--race");

    private string Blobs => Path.Combine(RepoFolder, "blobs");

    public static async Task<Stage> SetAsync(DirectoryInfo folder, long length, double secondsPerFile)
    {
        long pace = secondsPerFile == 0 ? 0 : (long)(length / secondsPerFile);
        var stage = new Stage(await FakeHubServer.StartAsync(new FakeHubOptions { BytesPerSecondPerConnection = pace }), folder, length);
        stage.Clear();
        return stage;
    }

    /// <summary>Empties the cache, and forgets what was ordered of the Hub and asked of it.</summary>
    public void Clear()
    {
        if (Directory.Exists(CachePath))
        {
            Directory.Delete(CachePath, recursive: true);
        }

        _hub.Faults.Clear();
        _hub.Log.Clear();
    }

    /// <summary>An order for the file; how exactly is for the caller to change.</summary>
    public ChildOrder Order(Role role) => new()
    {
        Role = role,
        Endpoint = _hub.Endpoint,
        CachePath = CachePath,
        Repo = Repo,
        File = Name,
        BlobPath = BlobPath,
        Length = Length,
    };

    /// <summary>Nobody gets the metadata, or the first bytes, of the file before this many have asked for it.</summary>
    public void HoldUntil(int asked, string what)
    {
        if (what is Options.AtMetadata or Options.AtBytes)
        {
            _hub.Faults.Add(
                Fault.Barrier(asked) with { PathContains = Name, Origin = what == Options.AtBytes ? Origin.Storage : Origin.Hub });
        }
    }

    public Hold HoldSlowMetadata() => HoldSlowName(Origin.Hub);

    public Hold HoldSlowBytes() => HoldSlowName(Origin.Storage);

    /// <summary>The temps of the file in the cache, the longest first, and whose they are.</summary>
    public IReadOnlyList<(int Pid, long Length)> FindTemps()
    {
        return !Directory.Exists(Blobs) ? [] :
        [
            .. from file in new DirectoryInfo(Blobs).GetFiles("*.incomplete")
               let name = IncompleteName.TryParse(file.Name)
               where file.Exists && name?.Prefix == Hash
               orderby file.Length descending
               select (name.Owner.Pid, file.Length),
        ];
    }

    public int DeleteIncomplete()
    {
        string[] incomplete = Directory.Exists(Blobs) ? Directory.GetFiles(Blobs, "*.incomplete") : [];
        Array.ForEach(incomplete, File.Delete);
        return incomplete.Length;
    }

    public bool IsRight(string path) => FileHash.Of(path) == Hash;

    public string DescribeBlob()
    {
        return File.Exists(BlobPath)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{new FileInfo(BlobPath).Length} bytes of {Length}, {(IsRight(BlobPath) ? "right" : "CORRUPT")}")
            : "nothing";
    }

    /// <summary>Whether the name in the snapshot leads to the blob, and the branch to the commit.</summary>
    public bool AreNamesRight()
    {
        string name = Path.Combine(RepoFolder, "snapshots", _commit, Name);
        string branch = Path.Combine(RepoFolder, "refs", "main");

        // Where symbolic links are not to be had, the name has the bytes itself.
        string? target = new FileInfo(name).LinkTarget;
        return IsRight(name) && (target is null || target == "../../blobs/" + Hash) && File.ReadAllText(branch) == _commit;
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    private Hold HoldSlowName(Origin origin)
    {
        return new Hold(
            _hub.Faults,
            _hub.Faults.Add(Fault.Barrier(int.MaxValue, timeoutSeconds: 100) with { PathContains = SlowName, Origin = origin }));
    }
}
