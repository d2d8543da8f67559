using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Tests.Maintenance;

/// <summary>A cache in a temp folder, built by hand as other clients would have left it.</summary>
public sealed class CareCache : IDisposable
{
    public const string CommitA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    public const string CommitB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    /// <summary>A folder name of the repo that most tests use: <c>org/name</c>.</summary>
    public const string Repo = "models--org--name";

    public CareCache()
    {
        Root = Directory.CreateTempSubdirectory("hubcache-care-").FullName;
        CachePath = Directory.CreateDirectory(Path.Combine(Root, "hub")).FullName;
    }

    public string Root { get; }

    public string CachePath { get; }

    /// <summary>A 64-digit etag from one digit.</summary>
    public static string Etag(char digit) => new(digit, 64);

    public string At(params string[] parts) => Path.Combine([CachePath, .. parts]);

    public string Write(string content, params string[] parts)
    {
        string path = At(parts);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public string Link(string target, params string[] parts)
    {
        string path = At(parts);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.CreateSymbolicLink(path, target);
        return path;
    }

    /// <summary>A repo with one blob of five bytes, one file and one ref; nothing is wrong with it.</summary>
    public void Healthy(string repo = Repo)
    {
        Write("12345", repo, "blobs", Etag('1'));
        Link($"../../blobs/{Etag('1')}", repo, "snapshots", CommitA, "config.json");
        Write(CommitA, repo, "refs", "main");
    }

    /// <summary>A leftover in <c>blobs/</c>, last written a while ago.</summary>
    public string Leftover(string name, TimeSpan age = default, string content = "part")
    {
        string path = Write(content, Repo, "blobs", name);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow - age);
        return path;
    }

    public IReadOnlyList<CachedRepo> Scan() => [.. CacheScan.Repos(CachePath, (_, _) => true, CancellationToken.None)];

    internal IReadOnlyList<CachedRepo> Scan(Disk disk) => [.. CacheScan.Repos(CachePath, (_, _) => true, disk, CancellationToken.None)];

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>The name of a temp of ours that belongs to the given process.</summary>
    internal static string NameOf(ProcessIdentity owner, string? prefix = null)
    {
        return new IncompleteName(prefix ?? Etag('e'), 0x19000000000, owner, 0x0123).ToString();
    }
}
