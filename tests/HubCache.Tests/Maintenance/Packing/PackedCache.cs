using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;
using HubCache.Tests.Support;

namespace HubCache.Tests.Maintenance.Packing;

/// <summary>A small cache to export, the entries of its archive, and a place to import changed ones into.</summary>
internal sealed class PackedCache : IDisposable
{
    public const string Commit = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    public const string Repo = "models--org--name";

    public PackedCache()
    {
        Root = Directory.CreateTempSubdirectory("hubcache-pack-").FullName;
        Source = Path.Combine(Root, "source");
        Target = Path.Combine(Root, "area", "target");
        Archive = Path.Combine(Root, "a.tar");
        Directory.CreateDirectory(Path.Combine(Source, Repo, "refs"));
        Directory.CreateDirectory(Path.Combine(Source, Repo, "blobs"));
        Small = Add("config.json", Encoding.UTF8.GetBytes("{ \"a\": 1 }"), isLfs: false);
        Large = Add("sub/model.bin", [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))], isLfs: true);
        File.WriteAllText(Path.Combine(Source, Repo, "refs", "main"), Commit);
        File.WriteAllBytes(
            Path.Combine(Directory.CreateDirectory(Path.Combine(Source, Repo, "trees")).FullName, Commit + ".json"),
            TreeJson.Write(Files.Select(file => new TreeEntry(
                file.Name.Value,
                file.ETag.IsSha256 ? ETag.TryParse(new string('b', 40))! : file.ETag,
                file.Length,
                file.ETag.IsSha256 ? file.ETag : null,
                file.ETag.IsSha256 ? file.Length : null,
                null))));
        Export(Archive);
    }

    public string Root { get; }

    public string Source { get; }

    /// <summary>The cache to import into; not made yet.</summary>
    public string Target { get; }

    /// <summary>A good archive.</summary>
    public string Archive { get; }

    public LockedFile Small { get; }

    public LockedFile Large { get; }

    public List<LockedFile> Files { get; } = [];

    public static string BlobName(LockedFile file) => $"{Repo}/blobs/{file.ETag}";

    public static string LinkName(LockedFile file) => $"{Repo}/snapshots/{Commit}/{file.Name}";

    public static string TreeName => $"{Repo}/trees/{Commit}.json";

    public static string RefName => $"{Repo}/refs/main";

    public LockedFile Add(string name, byte[] bytes, bool isLfs)
    {
        var etag = ETag.TryParse(CacheRules.HashLike(new string('0', isLfs ? 64 : 40), bytes))!;
        var file = new LockedFile(HubFileName.Parse(name), bytes.Length, etag);
        File.WriteAllBytes(Path.Combine(Source, Repo, "blobs", etag.Value), bytes);
        string link = Path.Combine(Source, Repo, "snapshots", Commit, name);
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, RepoPaths.LinkTarget(file.Name, etag));
        Files.Add(file);
        return file;
    }

    public void Export(string path, Disk? disk = null, bool overwrite = false)
    {
        var export = new CacheExport(disk ?? Disk.OfThisSystem);
        export.Add(new ExportRequest { CachePath = Source, RepoId = RepoId.Parse("org/name") }, default);
        export.WriteArchive(path, overwrite, new Recorder(), default);
    }

    public IReadOnlyList<ImportedCache> Import(string archive, Disk? disk = null, CancellationToken cancellationToken = default)
    {
        var import = new CacheImport(archive, Target, withoutSymbolicLinks: false, disk ?? Disk.OfThisSystem);
        import.Check(new Recorder(), cancellationToken);
        return import.Run(new Recorder(), cancellationToken);
    }

    /// <summary>The entries of the good archive, to be changed and written again.</summary>
    public List<Item> Entries()
    {
        using var reader = new TarReader(File.OpenRead(Archive));
        var items = new List<Item>();
        while (reader.GetNextEntry(copyData: true) is System.Formats.Tar.TarEntry entry)
        {
            var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            items.Add(new Item(entry.EntryType, entry.Name, content.ToArray(), entry.LinkName));
        }

        return items;
    }

    /// <summary>Writes entries by another tar writer than ours.</summary>
    public string Write(IEnumerable<Item> items, string name = "changed.tar")
    {
        string path = Path.Combine(Root, name);
        using var writer = new TarWriter(File.Create(path), TarEntryFormat.Pax);
        foreach (Item item in items)
        {
            var entry = new PaxTarEntry(item.Type, item.Name);
            if (item.Type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
            {
                entry.LinkName = item.Target;
            }

            if (item.Type == TarEntryType.RegularFile)
            {
                entry.DataStream = new MemoryStream(item.Content);
            }

            writer.WriteEntry(entry);
        }

        return path;
    }

    /// <summary>All that lies beside the source and the archives: nothing but what an import made.</summary>
    public IReadOnlyList<string> Left()
    {
        string area = Path.GetDirectoryName(Target)!;
        return Directory.Exists(area) ? [.. Directory.EnumerateFileSystemEntries(area, "*", SearchOption.AllDirectories)] : [];
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public static string Sha256(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();

    public static string Octal(long value, int digits) => Convert.ToString(value, 8).PadLeft(digits, '0');

    /// <summary>An entry as another tar reader sees it.</summary>
    internal sealed record Item(TarEntryType Type, string Name, byte[] Content, string Target)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Type} {Name} {Content.Length}");
    }
}
