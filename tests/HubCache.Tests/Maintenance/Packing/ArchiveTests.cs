using System.Formats.Tar;
using System.Text;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Maintenance.Packing;

public sealed class ArchiveTests : IDisposable
{
    private readonly PackedCache _cache = new();

    [Fact]
    public void AnArchiveHoldsWhatTheSnapshotNeedsRefsLast()
    {
        List<PackedCache.Item> entries = _cache.Entries();

        Assert.Equal(
            [
                ".locks/hubcache-export.json",
                $"{PackedCache.Repo}/refs/",
                PackedCache.BlobName(_cache.Small),
                PackedCache.BlobName(_cache.Large),
                PackedCache.LinkName(_cache.Small), PackedCache.LinkName(_cache.Large), PackedCache.TreeName, PackedCache.RefName,
            ],
            entries.Select(entry => entry.Name));
        Assert.Equal(
            $"../../../blobs/{_cache.Large.ETag}", entries.Single(entry => entry.Name == PackedCache.LinkName(_cache.Large)).Target);
        Assert.Equal(PackedCache.Commit, Encoding.ASCII.GetString(entries[^1].Content));
    }

    [Fact]
    public void AnArchiveOfAnotherWriterWithTheSameEntriesIsTakenIn()
    {
        // Without this the refusals of changed archives could be for the way in which they are written.
        ImportedCache imported = Assert.Single(_cache.Import(_cache.Write(_cache.Entries())));

        Assert.Equal("org/name", imported.RepoId);
        Assert.Equal(2, imported.FileCount);
        CacheRules.AssertKept(_cache.Target);
        Assert.Equal(PackedCache.Commit, File.ReadAllText(Path.Combine(_cache.Target, PackedCache.Repo, "refs", "main")));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(_cache.Source, PackedCache.Repo, "trees", PackedCache.Commit + ".json")),
            File.ReadAllBytes(Path.Combine(_cache.Target, PackedCache.Repo, "trees", PackedCache.Commit + ".json")));
    }

    [Fact]
    public void LongAndForeignNamesGoThere()
    {
        string deep = string.Join('/', Enumerable.Repeat("a-long-name-of-a-folder", 12)) + "/é 漢字 [1].bin";
        LockedFile file = _cache.Add(deep, [1, 2, 3], isLfs: true);
        File.Delete(Path.Combine(_cache.Source, PackedCache.Repo, "trees", PackedCache.Commit + ".json"));
        string archive = Path.Combine(_cache.Root, "deep.tar");
        _cache.Export(archive);

        _cache.Import(archive);

        Assert.Equal([1, 2, 3], File.ReadAllBytes(Path.Combine(_cache.Target, PackedCache.Repo, "snapshots", PackedCache.Commit, deep)));
        using var reader = new TarReader(File.OpenRead(archive));
        var names = new List<string>();
        while (reader.GetNextEntry() is System.Formats.Tar.TarEntry entry)
        {
            names.Add(entry.Name);
        }

        Assert.Contains(PackedCache.LinkName(file), names);
    }

    [Fact]
    public void ARefThatSomebodyMovesMeanwhileStaysTheirs()
    {
        const string Theirs = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
        string path = Path.Combine(_cache.Target, PackedCache.Repo, "refs", "main");
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call.Operation == nameof(FaultyDisk.CreateSymbolicLink) && !File.Exists(path))
                {
                    File.WriteAllText(path, Theirs);
                }
            },
        };

        _cache.Import(_cache.Archive, disk);

        Assert.Equal(Theirs, File.ReadAllText(path));
    }

    [Fact]
    public void ALinkAmongASnapshotsFoldersIsNotFollowed()
    {
        string outside = Directory.CreateDirectory(Path.Combine(_cache.Root, "outside")).FullName;
        string snapshot =
            Directory.CreateDirectory(Path.Combine(_cache.Target, PackedCache.Repo, "snapshots", PackedCache.Commit)).FullName;
        string way = Path.Combine(snapshot, "sub");
        File.CreateSymbolicLink(way, outside);
        var disk = new FaultyDisk();

        Assert.Equal(HubErrorCode.LinkedFolder, Assert.Throws<HubCacheException>(() => _cache.Import(_cache.Archive, disk)).Code);

        // Not even for a moment.
        Assert.DoesNotContain(
            disk.Calls,
            call => FaultyDisk.WritingOperations.Contains(call.Operation) && call.Path.StartsWith(way + "/", StringComparison.Ordinal));

        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        Assert.False(File.Exists(Path.Combine(_cache.Target, PackedCache.Repo, "refs", "main")));
    }

    [Fact]
    public void ADamagedBlobOfTheRightLengthIsReplaced()
    {
        string blob = Path.Combine(_cache.Target, PackedCache.BlobName(_cache.Large));
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        File.WriteAllBytes(blob, new byte[_cache.Large.Length]);

        _cache.Import(_cache.Archive);

        CacheRules.AssertKept(_cache.Target);
    }

    [Fact]
    public void ACacheWithAnotherTreeOfTheCommitRefuses()
    {
        string trees = Directory.CreateDirectory(Path.Combine(_cache.Target, PackedCache.Repo, "trees")).FullName;
        string own = File.ReadAllText(Path.Combine(_cache.Source, PackedCache.Repo, "trees", PackedCache.Commit + ".json"));
        File.WriteAllText(
            Path.Combine(trees, PackedCache.Commit + ".json"),
            own.Replace(_cache.Small.ETag.Value, new string('c', 40), StringComparison.Ordinal));

        Assert.Equal(HubErrorCode.InvalidArchive, Assert.Throws<HubCacheException>(() => _cache.Import(_cache.Archive)).Code);
        Assert.False(Directory.Exists(Path.Combine(_cache.Target, PackedCache.Repo, "blobs")));
    }

    [Fact]
    public void TooLittleRoomIsToldBeforeAnythingIsWritten()
    {
        var disk = new FullDisk();

        HubCacheException import = Assert.Throws<HubCacheException>(() => _cache.Import(_cache.Archive, disk));
        HubCacheException export = Assert.Throws<HubCacheException>(() => _cache.Export(Path.Combine(_cache.Root, "b.tar"), disk));

        Assert.Equal((HubErrorCode.CacheWriteFailed, HubErrorCode.CacheWriteFailed), (import.Code, export.Code));
        Assert.Contains("too little room", import.Message, StringComparison.Ordinal);
        Assert.Contains("too little room", export.Message, StringComparison.Ordinal);
        Assert.Empty(_cache.Left());
    }

    [Fact]
    public void AnArchiveThatChangesBetweenTheTwoReadingsIsFoundOut()
    {
        var import = new CacheImport(_cache.Archive, _cache.Target, withoutSymbolicLinks: false);
        import.Check(new Recorder(), default);
        byte[] bytes = File.ReadAllBytes(_cache.Archive);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(_cache.Archive, bytes);

        Assert.Equal(HubErrorCode.HashMismatch, Assert.Throws<HubCacheException>(() => import.Run(new Recorder(), default)).Code);

        CacheRules.AssertKept(_cache.Target);
        Assert.Empty(Directory.EnumerateFiles(_cache.Target, "*.incomplete", SearchOption.AllDirectories));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_cache.Target, PackedCache.Repo, "snapshots")));
    }

    [Fact]
    public void WithoutSymbolicLinksTheFilesAreHardLinks()
    {
        new CacheImport(_cache.Archive, _cache.Target, withoutSymbolicLinks: true).Run(new Recorder(), default);

        string file = Path.Combine(_cache.Target, PackedCache.LinkName(_cache.Large));
        Assert.Null(new FileInfo(file).LinkTarget);
        Assert.Equal(_cache.Large.Length, new FileInfo(file).Length);
    }

    [Fact]
    public void ACancelledImportLeavesNoNameAndNoTemp()
    {
        using var stop = new CancellationTokenSource();
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call.Operation == nameof(FaultyDisk.Write))
                {
                    stop.Cancel();
                }
            },
        };

        Assert.ThrowsAny<OperationCanceledException>(() => _cache.Import(_cache.Archive, disk, stop.Token));

        Assert.DoesNotContain(
            _cache.Left(),
            path => path.EndsWith(".incomplete", StringComparison.Ordinal) || path.EndsWith("main", StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_cache.Target, PackedCache.Repo, "snapshots")));
    }

    [Fact]
    public void ASnapshotWithALinkToNothingIsNotExported()
    {
        File.Delete(Path.Combine(_cache.Source, PackedCache.BlobName(_cache.Large)));

        HubCacheException error = Assert.Throws<HubCacheException>(() => _cache.Export(Path.Combine(_cache.Root, "b.tar")));

        Assert.Equal(HubErrorCode.NotCached, error.Code);
        Assert.Contains("'sub/model.bin'", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_cache.Root, "b.tar")));
    }

    [Fact]
    public void ALinkThatLeadsOutOfTheCacheIsNotExported()
    {
        string secret = Path.Combine(_cache.Root, "secret");
        File.WriteAllText(secret, "secret");
        string link = Path.Combine(_cache.Source, PackedCache.LinkName(_cache.Small));
        File.Delete(link);
        File.CreateSymbolicLink(link, secret);

        Assert.Equal(
            HubErrorCode.NotCached, Assert.Throws<HubCacheException>(() => _cache.Export(Path.Combine(_cache.Root, "b.tar"))).Code);
    }

    public void Dispose() => _cache.Dispose();

    private sealed class FullDisk : HubCache.Testing.ForwardingDisk
    {
        public override long? FreeRoom(string folder) => 1000;
    }
}
