using FakeHub;
using HubCache.Platform;
using HubCache.Testing;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Destination;

/// <summary>What is no destination, and where in one nothing is written.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("hub")]
    [InlineData("hub/sub/deeper")]
    [InlineData("hub/../hub/models--org--name")]
    [InlineData("link")]
    [InlineData("link/sub")]
    [InlineData("file")]
    [InlineData("file/sub")]
    [InlineData("dangling")]
    public async Task AFolderThatCannotBeTheDestination(string name)
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        string models = Directory.CreateDirectory(Path.Combine(dir.Cache.Path, "models--a--b")).FullName;
        File.CreateSymbolicLink(Path.Combine(dir.Cache.Root, "link"), models);
        File.CreateSymbolicLink(Path.Combine(dir.Cache.Root, "dangling"), Path.Combine(dir.Cache.Root, "nowhere"));
        await File.WriteAllTextAsync(Path.Combine(dir.Cache.Root, "file"), "mine");
        string[] before = Everything(dir);
        DownloadRequest request = dir.Request(path: Path.Combine(dir.Cache.Root, name));

        HubCacheException error = await Assert.ThrowsAsync<HubCacheException>(() => dir.SaveAsync(request));
        Assert.Equal(HubErrorCode.InvalidOption, error.Code);
        using HubDownloader downloader = dir.Cache.Downloader();
        error = await Assert.ThrowsAsync<HubCacheException>(() => downloader.PlanAsync(request, new Recorder(), default));
        Assert.Equal(HubErrorCode.InvalidOption, error.Code);
        Assert.Equal(before, Everything(dir));
        Assert.Empty(dir.Hub.Log.Entries);
    }

    [Fact]
    public async Task TheCacheMayLieInTheDestinationButIsNotWrittenInto()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        dir.Hub.FindRepo("org/name")!.Commit(
            "main", [FakeFile.FromText("hub/models--org--name/x.txt", "x"), FakeFile.FromText("other/x.txt", "y")]);

        IReadOnlyList<DownloadOutcome> outcomes =
            await dir.SaveAsync(dir.Request(["hub/models--org--name/x.txt", "other/x.txt"], path: dir.Cache.Root));

        Assert.Equal(HubErrorCode.CacheWriteFailed, outcomes[0].Error!.Code);
        Assert.Null(outcomes[1].Error);
        Assert.False(File.Exists(Path.Combine(dir.Cache.Path, "models--org--name", "x.txt")));
    }

    [Theory]
    [InlineData(".cache/huggingface/download/config.json.metadata")]
    [InlineData(".CACHE/HuggingFace/.gitignore")]
    public async Task AFileAmongTheBookkeeping(string name)
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        dir.Hub.FindRepo("org/name")!.Commit("main", [FakeFile.FromText(name, "forged")]);

        IReadOnlyList<DownloadOutcome> outcomes = await dir.SaveAsync([name, "config.json"]);

        Assert.Equal(HubErrorCode.CacheWriteFailed, outcomes[0].Error!.Code);
        Assert.Null(outcomes[1].Error);
        Assert.Equal(dir.Commit.Length, dir.MetadataLines("config.json")[0].Length);
    }

    [Theory]
    [InlineData("sub", "sub")]
    [InlineData(".cache", ".cache")]
    [InlineData(".cache/huggingface", "huggingface")]
    [InlineData(".cache/huggingface/download/sub", "sub")]
    public async Task NothingIsWrittenThroughALink(string link, string named)
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        string outside = Directory.CreateDirectory(Path.Combine(dir.Cache.Root, "outside")).FullName;
        Directory.CreateDirectory(Path.GetDirectoryName(dir.File(link))!);
        File.CreateSymbolicLink(dir.File(link), outside);

        DownloadOutcome outcome = (await dir.SaveAsync(["sub/model.bin"]))[0];

        Assert.Equal(HubErrorCode.LinkedFolder, outcome.Error!.Code);
        Assert.Equal(dir.File(link), outcome.Error.Target);
        Assert.Contains(named, outcome.Error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        Assert.Equal(dir.Commit, await File.ReadAllTextAsync(Path.Combine(dir.Cache.Path, "models--org--name", "refs", "main")));
    }

    [Fact]
    public async Task TheDestinationItselfMayBeALink()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        string real = Directory.CreateDirectory(Path.Combine(dir.Cache.Root, "real")).FullName;
        File.CreateSymbolicLink(dir.Path, real);

        Assert.Null((await dir.SaveAsync(["sub/model.bin"]))[0].Error);

        Assert.True(File.Exists(Path.Combine(real, "sub", "model.bin")));
    }

    [Fact]
    public async Task ALinkInTheFilesPlaceIsReplacedAndNotFollowed()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        string outside = Path.Combine(dir.Cache.Root, "outside.txt");
        await File.WriteAllTextAsync(outside, "{ }");
        Directory.CreateDirectory(dir.Path);
        File.CreateSymbolicLink(dir.File("config.json"), outside);
        dir.WriteMetadata("config.json", dir.Commit, LocalDir.Config.Etag, 9e9);
        File.CreateSymbolicLink(dir.Metadata("config.json") + ".old", outside);
        File.Move(dir.Metadata("config.json") + ".old", dir.Metadata("config.json"), overwrite: true);

        Assert.Null((await dir.SaveAsync(["config.json"]))[0].Error);

        Assert.Null(new FileInfo(dir.File("config.json")).LinkTarget);
        Assert.Null(new FileInfo(dir.Metadata("config.json")).LinkTarget);
        Assert.Equal("{ }", await File.ReadAllTextAsync(outside));
    }

    [Fact]
    public async Task AFolderInTheFilesPlaceIsAnError()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        Directory.CreateDirectory(dir.File("config.json"));

        IReadOnlyList<DownloadOutcome> outcomes = await dir.SaveAsync();

        Assert.Null(outcomes[0].Error);
        Assert.Equal(HubErrorCode.CacheWriteFailed, outcomes[1].Error!.Code);
        Assert.Equal(dir.File("config.json"), outcomes[1].Error!.Target);
        Assert.Empty(dir.Temps());
    }

    [Fact]
    public async Task OfNamesThatDifferInCaseAloneTheFirstHasThePlace()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        string[] names = ["Sub/README.md", "sub/readme.md", "config.json"];
        dir.Hub.FindRepo("org/name")!.Commit("main", [FakeFile.FromText(names[0], "first"), FakeFile.FromText(names[1], "second")]);

        IReadOnlyList<DownloadOutcome> outcomes = await dir.SaveAsync(names, disk: new CaselessDisk(dir.Path));

        Assert.Equal([null, HubErrorCode.InvalidFileName, null], outcomes.Select(outcome => outcome.Error?.Code));
        Assert.False(File.Exists(dir.File(names[1])));
        Assert.Equal("first", await File.ReadAllTextAsync(dir.File(names[0])));

        Assert.All(await dir.SaveAsync(names), outcome => Assert.Null(outcome.Error));
        Assert.Equal("second", await File.ReadAllTextAsync(dir.File(names[1])));
    }

    [Fact]
    public async Task NoRoomIsOneClearErrorBeforeAnythingIsCopied()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        var full = new FullDisk(dir.Path) { Room = 3_000_002 };

        IReadOnlyList<DownloadOutcome> outcomes = await dir.SaveAsync(disk: full);

        Assert.Same(outcomes[0].Error, outcomes[1].Error);
        Assert.Equal(HubErrorCode.CacheWriteFailed, outcomes[0].Error!.Code);
        Assert.Contains("3000003", outcomes[0].Error!.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(dir.File("config.json")));
        Assert.Empty(dir.Temps());

        // Links need none, and neither does what is there.
        Assert.All(await dir.SaveAsync(hardLink: true, disk: full), outcome => Assert.Null(outcome.Error));
        full.Room = 0;
        Assert.All(await dir.SaveAsync(disk: full), outcome => Assert.Null(outcome.Error));
    }

    private static string[] Everything(LocalDir dir)
        => [.. Directory.EnumerateFileSystemEntries(dir.Cache.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>A folder whose file system takes no notice of case, as far as a look tells.</summary>
    private sealed class CaselessDisk(string root) : ForwardingDisk
    {
        public override FileFacts? Look(string path)
            => base.Look(path == Path.Combine(root, ".CACHE") ? Path.Combine(root, ".cache") : path);
    }

    /// <summary>A disk with room for the cache, and a small one for the destination.</summary>
    private sealed class FullDisk(string destination) : ForwardingDisk
    {
        public long Room { get; set; }

        public override long? FreeRoom(string folder)
            => folder.StartsWith(destination, StringComparison.Ordinal) ? Room : base.FreeRoom(folder);
    }
}
