using System.Security.Cryptography;
using System.Text;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;
using static HubCache.Tests.Maintenance.CareCache;

namespace HubCache.Tests.Maintenance;

/// <summary>Each thing that can be wrong is one problem, of the right kind, at the right place; and what is right is none.</summary>
public sealed class CacheCheckTests : IDisposable
{
    private const string Content = "12345";
    private static readonly string Blob = Sha256(Content);

    private readonly CareCache _cache = new();

    public CacheCheckTests()
    {
        Sound(Repo);
        Mode.Set(_cache.CachePath, (UnixFileMode)0x1ED);
    }

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void ASoundCacheHasNoProblems()
    {
        Sound("datasets--org--data");
        _cache.Write(string.Empty, Repo, ".no_exist", CommitA, "missing.json");
        _cache.Write(Blob[..3], Repo, "blobs", Path.GetFileName(NameOf(ProcessIdentity.Current with { Boot = "0123456789ab" })));
        _cache.Write("Signature", "CACHEDIR.TAG");
        Assert.Empty(Check());
        Assert.Empty(Check(quick: true));
    }

    [Fact]
    public void AFlippedBitIsFoundByTheHashAlone()
    {
        File.WriteAllText(_cache.At(Repo, "blobs", Blob), "12354");
        CacheProblem problem = Assert.Single(Check());
        Assert.Equal(
            ("CorruptBlob", "Error", "config.json", "main", true),
            (problem.Kind, problem.Severity, problem.FileName, problem.Revision, problem.Repairable));
        Assert.Empty(Check(quick: true));
    }

    [Fact]
    public void AGitBlobIsCheckedByItsOwnHash()
    {
        string etag = CacheRules.HashLike(new string('0', 40), Encoding.ASCII.GetBytes("git"));
        _cache.Write("git", Repo, "blobs", etag);
        Assert.Empty(Check());
        File.WriteAllText(_cache.At(Repo, "blobs", etag), "got");
        Only("CorruptBlob", Repo, "blobs", etag);
    }

    [Fact]
    public void AWrongLengthIsFoundWithoutHashing()
    {
        Tree(5);
        File.WriteAllText(_cache.At(Repo, "blobs", Blob), "1234");
        Assert.Equal("WrongSize", Assert.Single(Check(quick: true)).Kind);
        Assert.Equal("CorruptBlob", Assert.Single(Check()).Kind);
    }

    [Fact]
    public void AListingThatSaysAnotherLengthOfRightBytesIsWhatIsWrong()
    {
        Tree(6);
        Only("BadTree", Repo, "trees", $"{CommitA}.json");
    }

    [Fact]
    public void AnEmptyBlobIsFoundWithoutHashing()
    {
        File.WriteAllText(_cache.At(Repo, "blobs", Blob), string.Empty);
        Assert.Equal("WrongSize", Assert.Single(Check(quick: true)).Kind);
    }

    [Fact]
    public void ALinkToAnotherBlob()
    {
        Tree(5);
        string other = Sha256("other");
        _cache.Write("other", Repo, "blobs", other);
        Relink($"../../blobs/{other}");
        Only("WrongLink", Repo, "snapshots", CommitA, "config.json");
    }

    [Fact]
    public void AnAbsoluteLink()
    {
        Relink(_cache.At(Repo, "blobs", Blob));
        Only("AbsoluteLink", Repo, "snapshots", CommitA, "config.json");
    }

    [Fact]
    public void ALinkThatTakesAnotherWay()
    {
        Relink($"../../../{Repo}/blobs/{Blob}");
        Only("OddLink", Repo, "snapshots", CommitA, "config.json");
    }

    [Fact]
    public void ALinkOfTheWrongDepth()
    {
        Relink($"../../../blobs/{Blob}");
        Only("DanglingLink", Repo, "snapshots", CommitA, "config.json");
    }

    [Fact]
    public void ABlobThatIsNoFile()
    {
        File.Delete(_cache.At(Repo, "blobs", Blob));
        Directory.CreateDirectory(_cache.At(Repo, "blobs", Blob));
        Found("BrokenBlob", Repo, "blobs", Blob);
    }

    [Fact]
    public void ABlobThatIsALinkToNothing()
    {
        File.Delete(_cache.At(Repo, "blobs", Blob));
        _cache.Link("nowhere", Repo, "blobs", Blob);
        Found("BrokenBlob", Repo, "blobs", Blob);
    }

    [Fact]
    public void ABlobThatLiesOutsideTheCache()
    {
        string elsewhere = Path.Combine(_cache.Root, "elsewhere");
        File.Move(_cache.At(Repo, "blobs", Blob), elsewhere);
        _cache.Link(elsewhere, Repo, "blobs", Blob);
        Assert.Equal(
            ("Warning", false), (Found("BlobOutside", Repo, "blobs", Blob) is var problem ? problem.Severity : null, problem.Repairable));
    }

    [Fact]
    public void ALinkToAFileOutsideTheCache()
    {
        string elsewhere = Path.Combine(_cache.Root, "elsewhere");
        File.WriteAllText(elsewhere, Content);
        Relink(elsewhere);
        Found("LinkOutside", Repo, "snapshots", CommitA, "config.json");
    }

    [Theory]
    [InlineData("refs")]
    [InlineData("snapshots")]
    [InlineData("blobs")]
    public void AFileInThePlaceOfAFolder(string name)
    {
        Directory.Delete(_cache.At(Repo, name), recursive: true);
        _cache.Write("x", Repo, name);
        Found("NotAFolder", Repo, name);
    }

    [Theory]
    [InlineData("refs")]
    [InlineData("snapshots")]
    public void AFolderThatOtherClientsMiss(string name)
    {
        Directory.Delete(_cache.At(Repo, name), recursive: true);
        Found("MissingFolder", Repo);
    }

    [Fact]
    public void ALinkThatIsGoneWhileItsBlobIsThere()
    {
        Tree(5);
        File.Delete(_cache.At(Repo, "snapshots", CommitA, "config.json"));
        Assert.Equal("Warning", Only("MissingLink", Repo, "snapshots", CommitA, "config.json").Severity);
    }

    [Fact]
    public void AFileThatNobodyAskedForIsNoFault()
    {
        Tree(5, ",\"weights.bin\":{\"size\":7,\"blob_id\":\"" + new string('b', 40) + "\"}");
        Assert.Equal("Information", Only("MissingFile", Repo, "snapshots", CommitA, "weights.bin").Severity);
    }

    [Fact]
    public void ACopyInThePlaceOfALinkIsRightWhenItsBytesAre()
    {
        Tree(5);
        File.Delete(_cache.At(Repo, "snapshots", CommitA, "config.json"));
        _cache.Write(Content, Repo, "snapshots", CommitA, "config.json");
        Assert.Empty(Check());
        File.WriteAllText(_cache.At(Repo, "snapshots", CommitA, "config.json"), "54321");
        Only("WrongCopy", Repo, "snapshots", CommitA, "config.json");
    }

    [Fact]
    public void AFolderInThePlaceOfAFile()
    {
        Tree(5);
        File.Delete(_cache.At(Repo, "snapshots", CommitA, "config.json"));
        _cache.Write("x", Repo, "snapshots", CommitA, "config.json", "inside");
        Assert.Contains(Check(), problem => problem.Kind == "NotAFile" && problem.FileName == "config.json");
    }

    [Theory]
    [InlineData("BadRef", "no commit")]
    [InlineData("BadRef", "")]
    [InlineData("DanglingRef", CommitB)]
    [InlineData("UntidyRef", CommitA + "\n")]
    public void ARef(string kind, string content)
    {
        _cache.Write(content, Repo, "refs", "dev");
        Assert.Equal("dev", Only(kind, Repo, "refs", "dev").Revision);
    }

    [Fact]
    public void ARefThatIsALinkOrAFolder()
    {
        _cache.Link("main", Repo, "refs", "dev");
        Directory.CreateDirectory(_cache.At(Repo, "refs", "empty"));
        Assert.Equal(["BadRef", "BadRef"], Check().Select(problem => problem.Kind));
    }

    [Theory]
    [InlineData("BadTree", "not JSON")]
    [InlineData("BadTree", "{\"format_version\":0,\"files\":{}}")]
    [InlineData("UnknownTree", "{\"format_version\":2,\"files\":{}}")]
    [InlineData(
        "BadTree", "{\"format_version\":1,\"files\":{\"a/../b\":{\"size\":1,\"blob_id\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"}}}")]
    public void AListing(string kind, string content)
    {
        _cache.Write(content, Repo, "trees", $"{CommitA}.json");
        Only(kind, Repo, "trees", $"{CommitA}.json");
    }

    [Fact]
    public void AMarkThatIsNotEmptyOrThatLies()
    {
        _cache.Write("x", Repo, ".no_exist", CommitA, "missing.json");
        _cache.Write(string.Empty, Repo, ".no_exist", CommitA, "config.json");
        Assert.Equal(
            [("Error", "config.json"), ("Warning", "missing.json")],
            Check().Select(problem => (problem.Severity, problem.FileName!)).Order());
    }

    [Fact]
    public void ForeignFilesAndDeadLeftovers()
    {
        _cache.Write("x", Repo, "notes.txt");
        _cache.Write("x", Repo, "blobs", "stray");
        _cache.Write("x", Repo, "snapshots", "stray");
        _cache.Write("x", Repo, "blobs", $"{Etag('2')}.free-0123abcd.incomplete");
        _cache.Write("x", "stray.txt");
        List<CacheProblem> problems = Check();
        Assert.Equal(4, problems.Count(problem => problem.Kind == "ForeignFile"));
        Assert.Equal("Leftover", Assert.Single(problems, problem => problem.Kind != "ForeignFile").Kind);
        Assert.Equal(string.Empty, problems[0].RepoId);
    }

    [Fact]
    public void AFileThatItsOwnerMayNotRead()
    {
        Mode.Set(_cache.At(Repo, "blobs", Blob), UnixFileMode.None);
        Assert.Equal("Error", Only("WrongPermission", Repo, "blobs", Blob).Severity);
    }

    [Fact]
    public void ACacheThatIsSharedAsksForMore()
    {
        Mode.Set(_cache.At(Repo, "blobs", Blob), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Empty(Check());
        foreach (string folder in Directory
            .EnumerateDirectories(_cache.CachePath, "*", SearchOption.AllDirectories)
            .Append(_cache.CachePath))
        {
            Mode.Set(folder, (UnixFileMode)0x5F8);
        }

        foreach (string name in (string[])["refs/main", "trees"])
        {
            string path = _cache.At(Repo, name);
            if (File.Exists(path))
            {
                Mode.Set(path, (UnixFileMode)0x1B0);
            }
        }

        Assert.Equal("Warning", Only("WrongPermission", Repo, "blobs", Blob).Severity);
    }

    [Fact]
    public void AFolderThatLostTheBitOfItsGroupInACacheThatIsShared()
    {
        foreach (string folder in Directory
            .EnumerateDirectories(_cache.CachePath, "*", SearchOption.AllDirectories)
            .Append(_cache.CachePath))
        {
            Mode.Set(folder, (UnixFileMode)0x5FD);
        }

        Assert.Empty(Check());
        Mode.Set(_cache.At(Repo, "blobs"), (UnixFileMode)0x1FD);
        Assert.Equal("Warning", Only("WrongPermission", Repo, "blobs").Severity);
    }

    [Fact]
    public void ALockFileIsCalledByItsName()
    {
        string path = _cache.Write(string.Empty, ".locks", Repo, $"{Blob}.lock");
        Mode.Set(path, UnixFileMode.None);
        Assert.Contains(
            $"'.locks/{Repo}/{Blob}.lock'", Only("WrongPermission", ".locks", Repo, $"{Blob}.lock").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileOfTheSharedStoreIsHashedOnce()
    {
        string stored = _cache.Write(Content, "blobs", "ab", Etag('c'));
        var opened = new List<string>();
        foreach (string repo in (string[])[Repo, "models--org--other"])
        {
            Sound(repo);
            File.Delete(_cache.At(repo, "blobs", Blob));
            _cache.Link($"../../blobs/ab/{Etag('c')}", repo, "blobs", Blob);
        }

        var disk = new DiskWithFaults();
        Assert.Empty(Check(disk));
        Assert.Single(disk.Calls, call => call.Operation == "open" && call.Path.EndsWith(Blob, StringComparison.Ordinal));
        File.WriteAllText(stored, "12354");
        Assert.Equal(["org/name", "org/other"], Check().Select(problem => problem.RepoId).Order());
    }

    [Fact]
    public void ARevisionAloneIsChecked()
    {
        string other = Sha256("other");
        _cache.Write("otter", Repo, "blobs", other);
        _cache.Link($"../../blobs/{other}", Repo, "snapshots", CommitB, "other.txt");
        _cache.Write(CommitB, Repo, "refs", "dev");
        Assert.Empty(Check(revision: "main"));
        Assert.Equal("other.txt", Assert.Single(Check(revision: "dev")).FileName);
        Assert.Equal("other.txt", Assert.Single(Check(revision: CommitB)).FileName);
    }

    [Fact]
    public async Task ACheckThatIsStoppedEndsBetweenTwoBlocks()
    {
        string path = _cache.At(Repo, "blobs", Blob);
        await using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(4L << 30);
        }

        using var stop = new CancellationTokenSource();
        var check = new CacheCheck(_cache.CachePath, (_, _) => true);
        Task running = check.RunAsync(_ => { }, _ => stop.CancelAfter(50), stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void ABlobThatCannotBeReadIsAProblemOfItsOwn()
    {
        var disk = new DiskWithFaults
        {
            Fault = (operation, path) => operation == "read" && path.EndsWith(Blob, StringComparison.Ordinal) ? DiskError.InputOutput : null
        };
        CacheProblem problem = Assert.Single(Check(disk));
        Assert.Equal(("Unreadable", false), (problem.Kind, problem.Repairable));
    }

    private static string Sha256(string content)
        => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(content))).ToLowerInvariant();

    private void Sound(string repo)
    {
        _cache.Write(Content, repo, "blobs", Blob);
        if (!File.Exists(_cache.At(repo, "snapshots", CommitA, "config.json")))
        {
            _cache.Link($"../../blobs/{Blob}", repo, "snapshots", CommitA, "config.json");
        }

        _cache.Write(CommitA, repo, "refs", "main");
    }

    private void Tree(long size, string more = "")
    {
        string config = $"\"size\":1,\"blob_id\":\"{new string('a', 40)}\",\"lfs_sha256\":\"{Blob}\",\"lfs_size\":{size}";
        _cache.Write(
            $"{{\"format_version\":1,\"files\":{{\"config.json\":{{{config}}}{more}}}}}",
            Repo,
            "trees",
            $"{CommitA}.json");
    }

    private void Relink(string target)
    {
        File.Delete(_cache.At(Repo, "snapshots", CommitA, "config.json"));
        _cache.Link(target, Repo, "snapshots", CommitA, "config.json");
    }

    private CacheProblem Only(string kind, params string[] place)
    {
        CacheProblem problem = Assert.Single(Check());
        Assert.Equal((kind, _cache.At(place)), (problem.Kind, problem.FullName));
        return problem;
    }

    /// <summary>One among others that come of it.</summary>
    private CacheProblem Found(string kind, params string[] place)
        => Assert.Single(Check(), problem => problem.Kind == kind && problem.FullName == _cache.At(place));

    private List<CacheProblem> Check(bool quick = false, string? revision = null) => Check(Disk.OfThisSystem, quick, revision);

    private List<CacheProblem> Check(Disk disk, bool quick = false, string? revision = null)
    {
        var found = new List<CacheProblem>();
        var check = new CacheCheck(_cache.CachePath, (_, _) => true, disk)
        {
            Quick = quick,
            LooksBesideRepos = revision is null,
            Revision = revision is null ? null : Revision.Parse(revision)
        };
        check.RunAsync(found.Add, _ => { }, CancellationToken.None).GetAwaiter().GetResult();
        return found;
    }
}
