using FakeHub;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Testing;
using HubCache.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace HubCache.Tests.Download;

/// <summary>Names that not every file system can have: where they can be had, they are names like any other.</summary>
public sealed class OddNamesTests
{
    private const string Repo = "org/name";

    private static readonly string[] Odd =
    [
        "data/2023-08-29T17:55:24.parquet",
        "aux.py",
        "a|b.json",
        "dot./f",
        "NUL",
        "space ",
        "dir /f",
        @"back\slash",
        @"..\x",
        "br[1]*?.txt",
        "new\nline",
        "esc\u001b[31m",
        "q\"<>'`$x",
        "bidi\u202e.txt",
        "c1\u0085",
    ];

    [Fact]
    public async Task TheyAreSavedFoundCheckedExportedAndImported()
    {
        await using TestCache cache = await StartAsync();

        IReadOnlyList<DownloadOutcome> saved = await cache.DownloadAsync(new DownloadRequest { RepoId = RepoId.Parse(Repo) });

        Assert.All(saved, outcome => Assert.Null(outcome.Error));
        Assert.Equal(Odd.Order(StringComparer.Ordinal), saved.Select(outcome => outcome.FileName).Order(StringComparer.Ordinal));
        Assert.All(saved, outcome => Assert.Equal(outcome.FileName, File.ReadAllText(outcome.File!.FullName)));
        Assert.Empty(cache.Incomplete());
        AssertFound(cache.Path);
        await AssertSoundAsync(cache.Path);

        string archive = Path.Combine(cache.Root, "a.tar");
        string target = Path.Combine(cache.Root, "imported");
        Export(cache, archive);
        new CacheImport(archive, target, withoutSymbolicLinks: false).Run(new Recorder(), default);
        AssertFound(target);
        await AssertSoundAsync(target);
    }

    [Fact]
    public async Task TheyAreSavedByNameAndFoundAgainWithoutTheHub()
    {
        await using TestCache cache = await StartAsync();
        foreach (string name in Odd)
        {
            Assert.Null((await cache.DownloadAsync(Repo, name)).Error);
        }

        // No tree is there: the folder alone says what there is.
        AssertFound(cache.Path);
        await AssertSoundAsync(cache.Path);
        HubOptions offline = cache.Options with { Offline = true };
        IReadOnlyList<DownloadOutcome> found = await cache.DownloadAsync(new DownloadRequest { RepoId = RepoId.Parse(Repo) }, offline);
        Assert.Equal(
            Odd.Order(StringComparer.Ordinal),
            found.Where(outcome => outcome.Error is null).Select(outcome => outcome.FileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("br[[]1]*")]
    [InlineData(@"..\x")]
    [InlineData("*line")]
    [InlineData("dot./")]
    public async Task TheyCanBeAskedForAsPeopleType(string typed)
    {
        await using TestCache cache = await StartAsync();

        DownloadOutcome outcome = Assert.Single(
            await cache.DownloadAsync(new DownloadRequest { RepoId = RepoId.Parse(Repo), Files = [FileSelector.Parse(typed)] }));

        Assert.Null(outcome.Error);
        Assert.Contains(outcome.FileName, Odd);
    }

    [Fact]
    public async Task WhereTheFileSystemCannotHaveOneItsErrorComesBeforeItsBytesAndTheRestIsSaved()
    {
        await using TestCache cache = await StartAsync("a:b", "dot./f", "dot/g", "ok.txt");
        using HubDownloader downloader = TestCache.Downloader(cache.Options, new PickyDisk(_ => true));

        IReadOnlyList<DownloadOutcome> outcomes =
            await downloader.DownloadAsync(new DownloadRequest { RepoId = RepoId.Parse(Repo) }, new Recorder(), default);

        Assert.Equal(
            ["a:b", "dot./f"],
            outcomes.Where(outcome => outcome.Error?.Code == HubErrorCode.InvalidFileName).Select(outcome => outcome.FileName));
        Assert.Equal(["dot/g", "ok.txt"], outcomes.Where(outcome => outcome.Error is null).Select(outcome => outcome.FileName));
        Assert.Equal(2, cache.Hub.Log.Count("/resolve/"));
        Assert.Empty(cache.Incomplete());

        // What can never be had here does not keep the rest from being found by its branch.
        Assert.Equal(
            outcomes[^1].File!.CommitHash, await File.ReadAllTextAsync(Path.Combine(cache.Path, "models--org--name", "refs", "main")));
    }

    [Fact]
    public async Task AnArchiveWithANameThatCannotBeHadIsRefusedBeforeABlobIsWritten()
    {
        await using TestCache cache = await StartAsync("a:b", "ok.txt");
        await cache.DownloadAsync(new DownloadRequest { RepoId = RepoId.Parse(Repo) });
        string archive = Path.Combine(cache.Root, "a.tar");
        string target = Path.Combine(cache.Root, "imported");
        Export(cache, archive);

        var error = Assert.Throws<HubCacheException>(
            () => new CacheImport(archive, target, withoutSymbolicLinks: false, new PickyDisk(_ => true)).Run(new Recorder(), default));

        Assert.Equal(HubErrorCode.InvalidFileName, error.Code);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(target, "models--org--name", "blobs")));
    }

    [Fact]
    public async Task ADestinationThatCannotHaveANameGetsASubstituteAndItIsSaid()
    {
        await using TestCache cache = await StartAsync("data/a:b.json", "dot./f", "ok.txt");
        string destination = Path.Combine(cache.Root, "out");
        var request = new DownloadRequest { RepoId = RepoId.Parse(Repo), Destination = new DestinationFolder(destination, false) };
        for (int run = 1; run <= 2; run++)
        {
            using HubDownloader downloader =
                TestCache.Downloader(cache.Options, new PickyDisk(path => path.StartsWith(destination, StringComparison.Ordinal)));
            var recorder = new Recorder();

            IReadOnlyList<DownloadOutcome> outcomes = await downloader.DownloadAsync(request, recorder, default);

            Assert.All(outcomes, outcome => Assert.Null(outcome.Error));
            Assert.Equal(["data/_a_b~", "_dot~", null], outcomes
                .Select(outcome => outcome.File!.SubstituteName?.Split('~')[0] + (outcome.File.SubstituteName is null ? null : "~"))
                .Select(name => name is "" ? null : name));
            Assert.All(outcomes, outcome => Assert.Equal(outcome.FileName, File.ReadAllText(outcome.File!.Destination!)));
            Assert.All(outcomes.Take(2), outcome =>
                Assert.Equal(Path.Combine([destination, .. outcome.File!.SubstituteName!.Split('/')]), outcome.File.Destination));
            Assert.Equal(2, recorder.Warnings.Count(warning => warning.Contains("is laid out as", StringComparison.Ordinal)));
        }

        Assert.Equal(3, Directory
            .EnumerateFiles(destination, "*", SearchOption.AllDirectories)
            .Count(file => !file.Contains(".cache", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task AFileSystemThatRefusesWhatWindowsDoesIsTriedBeforeAByteIsFetched()
    {
        await using TestCache cache = await StartAsync("aux.py", "lpt1/x", "dot./f", "space ", "a|b.json", "auxiliary.py", "ok.txt");
        using HubDownloader downloader = TestCache.Downloader(cache.Options, new StrictDisk());

        IReadOnlyList<DownloadOutcome> outcomes =
            await downloader.DownloadAsync(new DownloadRequest { RepoId = RepoId.Parse(Repo) }, new Recorder(), default);

        Assert.Equal(["aux.py", "a|b.json", "dot./f", "lpt1/x", "space "], Failed(HubErrorCode.InvalidFileName));
        Assert.Equal(["auxiliary.py", "ok.txt"], outcomes.Where(outcome => outcome.Error is null).Select(outcome => outcome.FileName));
        Assert.Equal(2, cache.Hub.Log.Count("/resolve/"));
        Assert.DoesNotContain(
            Directory.EnumerateFiles(Path.Combine(cache.Path, "models--org--name", "blobs")).Select(Path.GetFileName),
            name => name!.Contains('.', StringComparison.Ordinal) || name.StartsWith("tmp_", StringComparison.Ordinal));

        IEnumerable<string> Failed(HubErrorCode code)
            => outcomes.Where(outcome => outcome.Error?.Code == code).Select(outcome => outcome.FileName).Order(StringComparer.Ordinal);
    }

    private static async Task<TestCache> StartAsync(params string[] names)
    {
        TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo(Repo).Commit("main", [.. (names.Length == 0 ? Odd : names).Select(name => FakeFile.FromText(name, name))]);
        return cache;
    }

    private static void Export(TestCache cache, string archive)
    {
        var export = new CacheExport();
        export.Add(new ExportRequest { CachePath = cache.Path, RepoId = RepoId.Parse(Repo) }, default);
        export.WriteArchive(archive, overwrite: false, new Recorder(), default);
    }

    private static void AssertFound(string cachePath)
    {
        var files = new CachedFiles(new DownloadRequest { RepoId = RepoId.Parse(Repo) }, cachePath, [], new Recorder());
        Assert.All(files.Find([.. Odd.Select(name => FileSelector.Of(HubFileName.Parse(name)))]), outcome => Assert.Null(outcome.Error));
        Assert.Equal(Odd.Length, files.Find([FileSelector.Everything]).Count(outcome => outcome.File is not null));
        var known = new CacheNames(cachePath, []);
        Assert.Equal(Odd.Length, known
            .Files(RepoType.Model, RepoId.Parse(Repo), Revision.Main, _ => true, 1000, TimeSpan.FromMinutes(1))
            .Count(file => file.IsCached == true));
    }

    private static async Task AssertSoundAsync(string cachePath)
    {
        var problems = new List<CacheProblem>();
        var notes = new List<string>();
        await new CacheCheck(cachePath, (_, _) => true) { Note = notes.Add }.RunAsync(problems.Add, _ => { }, default);
        Assert.Empty(problems);
        Assert.Contains(
            notes, note => note.Contains("'aux.py'", StringComparison.Ordinal) && note.Contains("Windows", StringComparison.Ordinal));
        Assert.DoesNotContain(notes, note => note.Contains("bidi", StringComparison.Ordinal));
    }

    /// <summary>A file system as vfat is, below some paths: it takes no ':', and drops a dot at the end of a name.</summary>
    private sealed class PickyDisk(Func<string, bool> isPicky) : ForwardingDisk
    {
        public override SafeFileHandle CreateNew(string path) => base.CreateNew(Name(path));

        public override void CreateSymbolicLink(string path, string target) => base.CreateSymbolicLink(Name(path), target);

        public override void Rename(string from, string to) => base.Rename(from, Name(to));

        public override bool MakeFolder(string path) => base.MakeFolder(Name(path));

        public override FileFacts? Look(string path)
            => base.Look(isPicky(path) ? string.Join('/', path.Split('/').Select(part => part.TrimEnd('.'))) : path);

        private string Name(string path)
        {
            return !isPicky(path) ? path
                : path.Contains(':', StringComparison.Ordinal)
                    ? throw new DiskException(DiskError.NotSupported, "create", path, "Invalid argument")
                : string.Join('/', path.Split('/').Select(part => part.TrimEnd('.')));
        }
    }

    /// <summary>
    /// A file system as NTFS is by ntfs-3g with <c>windows_names</c>: it refuses to make what Windows could not, and finds nothing under
    /// such a name.
    /// </summary>
    private sealed class StrictDisk : ForwardingDisk
    {
        public override SafeFileHandle CreateNew(string path) => base.CreateNew(Checked(path));

        public override void CreateSymbolicLink(string path, string target) => base.CreateSymbolicLink(Checked(path), target);

        public override void Rename(string from, string to) => base.Rename(from, Checked(to));

        public override bool MakeFolder(string path) => base.MakeFolder(Checked(path));

        private static string Checked(string path)
            => NameRules.Windows.FaultOfPath(path[1..]) is null
                ? path
                : throw new DiskException(DiskError.BadName, "create", path, "Invalid argument");
    }
}
