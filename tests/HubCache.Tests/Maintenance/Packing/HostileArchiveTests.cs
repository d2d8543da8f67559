using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace HubCache.Tests.Maintenance.Packing;

/// <summary>
/// Archives from somebody who wants to write where no import may: each is refused with a typed error, and nothing of it is left.
/// </summary>
public sealed class HostileArchiveTests : IDisposable
{
    private readonly PackedCache _cache = new();

    public static TheoryData<string> FileNames() =>
    [
        "/etc/hubcache-evil",
        "../evil",
        "../../evil",
        $"{PackedCache.Repo}/../../evil",
        $"{PackedCache.Repo}/blobs/../../../evil",
        "evil",
        ".locks/evil",
        "CACHEDIR.TAG",
        $"{PackedCache.Repo}/evil",
        $"{PackedCache.Repo}/blobs/evil",
        $"{PackedCache.Repo}/blobs/{PackedCache.Commit}.incomplete",
        $"{PackedCache.Repo}/refs/evil",
        $"{PackedCache.Repo}/snapshots/{PackedCache.Commit}/evil",
        $"{PackedCache.Repo}/snapshots/main/evil",
        $"{PackedCache.Repo}/trees/evil.json",
        "models--other--name/blobs/evil",
        $"{PackedCache.Repo}\\blobs\\evil",
        "C:\\evil",
        "\\\\server\\share\\evil",
        $"./{PackedCache.Repo}/blobs/evil",
        $"{PackedCache.Repo}//blobs/evil",
        $"Models--org--name/blobs/{PackedCache.Commit}",
    ];

    [Theory]
    [MemberData(nameof(FileNames))]
    public void AnEntryThatTheListDoesNotKnow(string name)
    {
        List<PackedCache.Item> entries = _cache.Entries();
        foreach (int place in (int[])[0, 1, 3, entries.Count])
        {
            var evil = new PackedCache.Item(TarEntryType.RegularFile, name, "evil"u8.ToArray(), string.Empty);
            AssertRefused(_cache.Write([.. entries[..place], evil, .. entries[place..]]), HubErrorCode.InvalidArchive);
        }
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../../../../../etc/passwd")]
    [InlineData("../../blobs/../../../evil")]
    [InlineData("../../blobs")]
    [InlineData(".")]
    [InlineData("")]
    public void ALinkThatLeadsElsewhere(string target)
    {
        AssertRefused(
            Changed(PackedCache.LinkName(_cache.Small), entry => entry with { Target = target.Length > 0 ? target : "x" }),
            HubErrorCode.InvalidArchive);
        AssertRefused(Changed(
            PackedCache.LinkName(_cache.Small),
            entry => entry with { Type = TarEntryType.HardLink, Target = target.Length > 0 ? target : "x" }), HubErrorCode.InvalidArchive);
    }

    [Theory]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    [InlineData(TarEntryType.Fifo)]
    [InlineData(TarEntryType.Directory)]
    public void AnotherKindOfEntryInPlaceOfABlob(TarEntryType type)
    {
        AssertRefused(
            Changed(PackedCache.BlobName(_cache.Small), entry => entry with { Type = type, Target = "/etc/passwd" }),
            HubErrorCode.InvalidArchive);
    }

    [Fact]
    public void ALinkInPlaceOfAFolderAboveFiles()
    {
        string outside = Directory.CreateDirectory(Path.Combine(_cache.Root, "outside")).FullName;
        var link = new PackedCache.Item(TarEntryType.SymbolicLink, $"{PackedCache.Repo}/snapshots/{PackedCache.Commit}/sub", [], outside);
        List<PackedCache.Item> entries = _cache.Entries();
        AssertRefused(_cache.Write([.. entries[..4], link, .. entries[4..]]), HubErrorCode.InvalidArchive);
        AssertRefused(_cache.Write([link with { Name = PackedCache.Repo }, .. entries]), HubErrorCode.InvalidArchive);
        AssertRefused(
            _cache.Write([entries[0], link with { Name = $"{PackedCache.Repo}/refs" }, .. entries[2..]]), HubErrorCode.InvalidArchive);
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    }

    [Fact]
    public void EntriesThatAreMissingTwiceOrInAnotherOrder()
    {
        List<PackedCache.Item> entries = _cache.Entries();
        for (int i = 0; i < entries.Count; i++)
        {
            AssertRefused(_cache.Write([.. entries[..i], .. entries[(i + 1)..]]), HubErrorCode.InvalidArchive);
            AssertRefused(_cache.Write([.. entries[..i], entries[i], .. entries[i..]]), HubErrorCode.InvalidArchive);
            if (i > 0)
            {
                AssertRefused(
                    _cache.Write([.. entries[..(i - 1)], entries[i], entries[i - 1], .. entries[(i + 1)..]]), HubErrorCode.InvalidArchive);
            }
        }
    }

    [Fact]
    public void ContentThatIsNotWhatItsNameSays()
    {
        AssertRefused(
            Changed(PackedCache.BlobName(_cache.Small), entry => entry with { Content = "{ \"a\": 2 }"u8.ToArray() }),
            HubErrorCode.HashMismatch);
        AssertRefused(
            Changed(PackedCache.BlobName(_cache.Small), entry => entry with { Content = [.. entry.Content, 1] }),
            HubErrorCode.InvalidArchive);
        AssertRefused(
            Changed(PackedCache.BlobName(_cache.Large), entry => entry with { Content = new byte[entry.Content.Length] }),
            HubErrorCode.HashMismatch);
        AssertRefused(
            Changed(PackedCache.RefName, entry => entry with { Content = Encoding.ASCII.GetBytes(new string('b', 40)) }),
            HubErrorCode.InvalidArchive);
        AssertRefused(
            Changed(PackedCache.TreeName, entry => entry with { Content = new byte[entry.Content.Length] }), HubErrorCode.HashMismatch);
    }

    [Theory]
    [InlineData("format", "\"hubcache-lock\"")]
    [InlineData("version", "2")]
    [InlineData("repos", "[]")]
    [InlineData("repos.0.repo_id", "\"../evil\"")]
    [InlineData("repos.0.repo_id", "\"org/evil\"")]
    [InlineData("repos.0.repo_id", "\"a/b/c\"")]
    [InlineData("repos.0.repo_type", "\"../model\"")]
    [InlineData("repos.0.repo_type", "\"dataset\"")]
    [InlineData("repos.0.commit", "\"main\"")]
    [InlineData("repos.0.commit", "\"../../../../../../../../../../../../evil\"")]
    [InlineData("repos.0.commit", "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"")]
    [InlineData("repos.0.refs", "[\"../../../evil\"]")]
    [InlineData("repos.0.refs", "[\"/evil\"]")]
    [InlineData("repos.0.refs", "[\"a\", \"a/b\"]")]
    [InlineData("repos.0.refs", "[\"main\", \"main\"]")]
    [InlineData("repos.0.refs", "[1]")]
    [InlineData("repos.0.files.0.path", "\"../../../evil\"")]
    [InlineData("repos.0.files.0.path", "\"/etc/evil\"")]
    [InlineData("repos.0.files.0.path", "\"a/../b\"")]
    [InlineData("repos.0.files.0.path", "\"C:\\\\evil\"")]
    [InlineData("repos.0.files.0.path", "\"NUL\"")]
    [InlineData("repos.0.files.0.path", "\"\"")]
    [InlineData("repos.0.files.0.path", "\"sub\"")]
    [InlineData("repos.0.files.0.path", "\"sub/model.bin\"")]
    [InlineData("repos.0.files.0.etag", "\"../../evil\"")]
    [InlineData("repos.0.files.0.etag", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"")]
    [InlineData("repos.0.files.0.size", "-1")]
    [InlineData("repos.0.files.0.size", "11")]
    [InlineData("repos.0.files.0.size", "9223372036854775807")]
    [InlineData("repos.0.files.0.size", "1e300")]
    [InlineData("repos.0.files", "[]")]
    [InlineData("repos.0.files", "{}")]
    [InlineData("repos.0.tree.size", "9223372036854775807")]
    [InlineData("repos.0.tree.size", "-5")]
    [InlineData("repos.0.tree.sha256", "\"x\"")]
    [InlineData("repos.0.tree", "null")]
    public void AListThatLies(string where, string value)
    {
        AssertRefused(WithList(list => Set(list, where, JsonNode.Parse(value))));
    }

    [Fact]
    public void AListThatIsNone()
    {
        AssertRefused(Changed(".locks/hubcache-export.json", entry => entry with
        {
            Content = Encoding.UTF8.GetBytes(Encoding.UTF8
            .GetString(entry.Content)
            .Replace("config.json", "\\ud800", StringComparison.Ordinal))
        }), HubErrorCode.InvalidArchive);
        AssertRefused(
            Changed(".locks/hubcache-export.json", entry => entry with { Content = "{"u8.ToArray() }), HubErrorCode.InvalidArchive);
        AssertRefused(
            Changed(".locks/hubcache-export.json", entry => entry with { Content = "[]"u8.ToArray() }), HubErrorCode.InvalidArchive);
        AssertRefused(
            Changed(".locks/hubcache-export.json", entry => entry with { Content = Encoding.UTF8.GetBytes(new string('[', 100_000)) }),
            HubErrorCode.InvalidArchive);
        AssertRefused(
            Changed(".locks/hubcache-export.json", entry => entry with { Name = "hubcache-export.json" }), HubErrorCode.InvalidArchive);
    }

    [Fact]
    public void ATreeThatContradictsTheList()
    {
        List<PackedCache.Item> entries = _cache.Entries();
        int tree = entries.FindIndex(entry => entry.Name == PackedCache.TreeName);
        byte[] other = Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(entries[tree].Content).Replace(_cache.Small.ETag.Value, new string('c', 40), StringComparison.Ordinal));
        entries[tree] = entries[tree] with { Content = other };
        entries[0] = List(entries[0], list => Set(list, "repos.0.tree.sha256", JsonValue.Create(PackedCache.Sha256(other))));
        AssertRefused(_cache.Write(entries), HubErrorCode.InvalidArchive);

        entries[tree] = entries[tree] with { Content = "no tree at all"u8.ToArray() };
        entries[0] = List(entries[0], list =>
        {
            Set(list, "repos.0.tree.size", JsonValue.Create(14));
            Set(list, "repos.0.tree.sha256", JsonValue.Create(PackedCache.Sha256(entries[tree].Content)));
        });
        AssertRefused(_cache.Write(entries), HubErrorCode.InvalidArchive);
    }

    [Fact]
    public void ArchivesThatAreCutOffAnywhere()
    {
        byte[] whole = File.ReadAllBytes(_cache.Archive);
        string path = Path.Combine(_cache.Root, "cut.tar");
        foreach (int length in (int[])[
            0,
            1,
            511,
            512,
            700,
            1024,
            4096,
            whole.Length / 2,
            whole.Length - 1536,
            whole.Length - 1025,
            whole.Length - 1024
        ])
        {
            File.WriteAllBytes(path, whole[..length]);
            AssertRefused(path, HubErrorCode.InvalidArchive);
        }
    }

    [Fact]
    public void EveryHeaderByteThatChangesIsRefusedOrMeansNothing()
    {
        byte[] whole = File.ReadAllBytes(_cache.Archive);
        string path = Path.Combine(_cache.Root, "flipped.tar");
        byte[] changed = [.. whole];
        int header = whole.AsSpan().IndexOf(Encoding.ASCII.GetBytes($"{PackedCache.Repo}/refs/\0"));
        Assert.Equal(0, header % 512);
        for (int i = 0; i < 512; i++)
        {
            changed[header + i] ^= 0x11;
            File.WriteAllBytes(path, changed);
            AssertRefused(path, HubErrorCode.InvalidArchive);
            changed[header + i] = whole[header + i];
        }
    }

    [Theory]
    [InlineData("main", "main")]
    [InlineData("a", "a/b")]
    public void RefsThatCannotStandBesideEachOtherWithEntriesToMatch(string one, string other)
    {
        List<PackedCache.Item> entries = _cache.Entries();
        PackedCache.Item last = entries[^1];
        entries[0] = List(entries[0], list => Set(list, "repos.0.refs", JsonNode.Parse($"[\"{one}\", \"{other}\"]")));
        AssertRefused(
            _cache.Write([
                .. entries[..^1],
                last with { Name = $"{PackedCache.Repo}/refs/{one}" },
                last with { Name = $"{PackedCache.Repo}/refs/{other}" }
            ]), HubErrorCode.InvalidArchive);
    }

    [Fact]
    public void SomethingInAHeadersPrefixOrBehindAFile()
    {
        byte[] whole = File.ReadAllBytes(_cache.Archive);
        int header = whole.AsSpan().IndexOf(Encoding.ASCII.GetBytes(PackedCache.BlobName(_cache.Small) + "\0"));
        string path = Path.Combine(_cache.Root, "more.tar");
        byte[] changed = [.. whole];
        "../evil"u8.CopyTo(changed.AsSpan(header + 345));
        MakeChecksumRight(changed.AsSpan(header, 512));
        File.WriteAllBytes(path, changed);
        AssertRefused(path, HubErrorCode.InvalidArchive);

        changed = [.. whole];
        changed[header + 512 + _cache.Small.Length + 1] = 1;
        File.WriteAllBytes(path, changed);
        AssertRefused(path, HubErrorCode.InvalidArchive);
    }

    [Fact]
    public void APaxKeywordThatIsGivenTwice()
    {
        byte[] whole = File.ReadAllBytes(_cache.Archive);
        string name = PackedCache.BlobName(_cache.Small);
        int header = whole.AsSpan().IndexOf(Encoding.ASCII.GetBytes(name + "\0"));
        byte[] twice = [
            .. HubCache.Maintenance.Packing.TarHeader.PaxLine("path", name),
            .. HubCache.Maintenance.Packing.TarHeader.PaxLine("path", "../evil")
        ];
        AssertRefused(Insert(whole, header, 'x', twice), HubErrorCode.InvalidArchive);
    }

    [Fact]
    public void SizesThatLie()
    {
        // A header's size, with its checksum made right: larger, smaller, the binary form of huge and negative ones.
        byte[] whole = File.ReadAllBytes(_cache.Archive);
        int header = whole.AsSpan().IndexOf(Encoding.ASCII.GetBytes(PackedCache.BlobName(_cache.Small) + "\0"));
        Assert.Equal(0, header % 512);
        foreach (byte[] size in (byte[][])[
            Encoding.ASCII.GetBytes(PackedCache.Octal((1L << 33) - 1, 11) + "\0"),
            Encoding.ASCII.GetBytes(PackedCache.Octal(0, 11) + "\0"),
            Encoding.ASCII.GetBytes("-0000000001\0"),
            [0x80, 0, 0, 0, 0x7F, 255, 255, 255, 255, 255, 255, 255],
            [.. Enumerable.Repeat((byte)255, 12)],
            Encoding.ASCII.GetBytes("           \0")])
        {
            byte[] changed = [.. whole];
            size.CopyTo(changed, header + 124);
            MakeChecksumRight(changed.AsSpan(header, 512));
            string path = Path.Combine(_cache.Root, "size.tar");
            File.WriteAllBytes(path, changed);
            AssertRefused(path, HubErrorCode.InvalidArchive);
        }
    }

    [Theory]
    [InlineData("size", "9223372036854775807")]
    [InlineData("size", "-1")]
    [InlineData("size", "0")]
    [InlineData("size", "12 ")]
    [InlineData("path", "/etc/evil")]
    [InlineData("path", "../../evil")]
    [InlineData("linkpath", "/etc/passwd")]
    [InlineData("GNU.sparse.major", "1")]
    [InlineData("GNU.sparse.realsize", "999999999999")]
    [InlineData("GNU.sparse.name", "/etc/evil")]
    [InlineData("SCHILY.xattr.security.capability", "x")]
    [InlineData("hdrcharset", "BINARY")]
    public void PaxKeywordsThatLie(string key, string value)
    {
        byte[] whole = File.ReadAllBytes(_cache.Archive);
        int header = whole.AsSpan().IndexOf(Encoding.ASCII.GetBytes(PackedCache.BlobName(_cache.Small) + "\0"));
        AssertRefused(Insert(whole, header, 'x', HubCache.Maintenance.Packing.TarHeader.PaxLine(key, value)), HubErrorCode.InvalidArchive);
        AssertRefused(Insert(whole, 0, 'g', HubCache.Maintenance.Packing.TarHeader.PaxLine(key, value)), HubErrorCode.InvalidArchive);
    }

    [Theory]
    [InlineData('L')]
    [InlineData('K')]
    [InlineData('S')]
    [InlineData('V')]
    [InlineData('M')]
    [InlineData('7')]
    [InlineData('1')]
    [InlineData('\0')]
    public void KindsThatWeNeverWrite(char kind)
    {
        byte[] whole = File.ReadAllBytes(_cache.Archive);
        AssertRefused(Insert(whole, 0, kind, "/etc/evil\0"u8.ToArray()), HubErrorCode.InvalidArchive);
    }

    [Fact]
    public void APaxHeaderThatIsLargerThanMemory()
    {
        byte[] whole = File.ReadAllBytes(_cache.Archive);
        byte[] header = HubCache.Maintenance.Packing.TarHeader.Make('x', "x", string.Empty, (8L << 30) - 1, DateTime.UtcNow);
        string path = Path.Combine(_cache.Root, "pax.tar");
        File.WriteAllBytes(path, [.. header, .. whole]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(path, HubErrorCode.InvalidArchive);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Fact]
    public void SomethingBehindTheEnd()
    {
        byte[] whole = File.ReadAllBytes(_cache.Archive);
        string path = Path.Combine(_cache.Root, "behind.tar");
        File.WriteAllBytes(path, [.. whole, .. whole]);
        AssertRefused(path, HubErrorCode.InvalidArchive);
        File.WriteAllBytes(path, [.. whole, 1]);
        AssertRefused(path, HubErrorCode.InvalidArchive);

        // GNU tar and dd fill the last record up with zeros.
        File.WriteAllBytes(path, [.. whole, .. new byte[10240]]);
        Assert.Single(_cache.Import(path));
    }

    [Fact]
    public void ACompressedArchiveThatIsDamagedOrEndless()
    {
        string path = Path.Combine(_cache.Root, "a.tgz");
        _cache.Export(path);
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        AssertRefused(path, HubErrorCode.InvalidArchive);

        // Of an archive that says it holds more than any disk, not much is read.
        List<PackedCache.Item> entries = _cache.Entries();
        entries[0] = List(entries[0], list => Set(list, "repos.0.files.1.size", JsonValue.Create(long.MaxValue - 100_000)));
        using (var zip = new GZipStream(File.Create(path), CompressionLevel.Fastest))
        {
            zip.Write(File.ReadAllBytes(_cache.Write(entries)));
        }

        AssertRefused(path, HubErrorCode.CacheWriteFailed);
    }

    public void Dispose() => _cache.Dispose();

    private string Changed(string name, Func<PackedCache.Item, PackedCache.Item> change)
    {
        List<PackedCache.Item> entries = _cache.Entries();
        Assert.Contains(entries, entry => entry.Name == name);
        return _cache.Write(entries.Select(entry => entry.Name == name ? change(entry) : entry));
    }

    private string WithList(Action<JsonNode> change)
    {
        List<PackedCache.Item> entries = _cache.Entries();
        entries[0] = List(entries[0], change);
        return _cache.Write(entries);
    }

    private static PackedCache.Item List(PackedCache.Item entry, Action<JsonNode> change)
    {
        JsonNode list = JsonNode.Parse(entry.Content)!;
        change(list);
        return entry with { Content = Encoding.UTF8.GetBytes(list.ToJsonString()) };
    }

    private static void Set(JsonNode root, string where, JsonNode? value)
    {
        string[] steps = where.Split('.');
        JsonNode node = root;
        foreach (string step in steps[..^1])
        {
            node = node is JsonArray array ? array[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)]! : node[step]!;
        }

        node[steps[^1]] = value;
    }

    private string Insert(byte[] whole, int at, char kind, byte[] content)
    {
        byte[] header = HubCache.Maintenance.Packing.TarHeader.Make(kind, "x", string.Empty, content.Length, DateTime.UtcNow);
        string path = Path.Combine(_cache.Root, "inserted.tar");
        File.WriteAllBytes(path, [.. whole[..at], .. header, .. content, .. new byte[512 - (content.Length % 512)], .. whole[at..]]);
        return path;
    }

    private static void MakeChecksumRight(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        long sum = 0;
        foreach (byte each in header)
        {
            sum += each;
        }

        Encoding.ASCII.GetBytes(PackedCache.Octal(sum, 6) + "\0 ").CopyTo(header[148..]);
    }

    private void AssertRefused(string archive, params HubErrorCode[] codes)
    {
        HubErrorCode[] expected =
            codes.Length > 0 ? codes : [HubErrorCode.InvalidArchive, HubErrorCode.InvalidFileName, HubErrorCode.HashMismatch];
        HubCacheException error = Assert.Throws<HubCacheException>(() => _cache.Import(archive));
        Assert.True(expected.Contains(error.Code), $"{error.Code}: {error.Message}");
        Assert.NotEmpty(error.Advice);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.Empty(_cache.Left());
        Assert.False(File.Exists("/etc/hubcache-evil"));
    }
}
