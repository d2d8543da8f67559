using FakeHub;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Retry;
using HubCache.Tests.Maintenance.Packing;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Links;

/// <summary>
/// Links in a cache that lead out of it: planted ones are refused before anything is written, and those that people make themselves are
/// followed to read and to save.
/// </summary>
public sealed class PlantedLinkTests : IAsyncLifetime
{
    private const string Repo = "models--org--name";

    private TestCache _cache = null!;
    private Canary _canary = null!;
    private string _commit = null!;

    private string RepoPath => Path.Combine(_cache.Path, Repo);

    public async Task InitializeAsync()
    {
        _cache = await TestCache.StartAsync();
        _commit = _cache.Hub
            .AddRepo("org/name")
            .Commit("main", [FakeFile.FromText("config.json", "{}"), FakeFile.Generated("sub/model.bin", 5000)]);
        _canary = new Canary(Path.Combine(_cache.Root, "outside"));
    }

    public async Task DisposeAsync() => await _cache.DisposeAsync();

    public static TheoryData<string, bool> Places()
    {
        var places = new TheoryData<string, bool>();
        foreach (string place in (string[])[
            "{repo}/refs",
            "{repo}/snapshots",
            "{repo}/snapshots/{commit}",
            "{repo}/snapshots/{commit}/sub",
            "{repo}/trees",
            "{repo}/.no_exist",
            "{repo}/.no_exist/{commit}",
            ".locks",
            ".locks/{repo}"
        ])
        {
            places.Add(place, false);
            if (Canary.IsRoot)
            {
                places.Add(place, true);
            }
        }

        if (Canary.IsRoot)
        {
            places.Add("{repo}", true);
            places.Add("{repo}/blobs", true);
            places.Add(string.Empty, true);
        }

        return places;
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task SaveRefusesAPlantedLinkBeforeAnythingIsWritten(string place, bool isForeign)
    {
        foreach (bool asCopies in (bool[])[false, true])
        {
            string link = At(place);
            _canary.Plant(link, isForeign);
            string[] before = Entries();
            _cache.Hub.ForgetRequests();

            IReadOnlyList<DownloadOutcome> outcomes = await SaveAsync(asCopies);

            Assert.All(
                outcomes, outcome => Assert.Equal((HubErrorCode.LinkedFolder, (object)link), (outcome.Error!.Code, outcome.Error.Target)));
            Assert.Equal(before, Entries());
            Assert.Equal(0, _cache.Hub.Log.Count(method: "GET", origin: Origin.Storage));
            _canary.AssertUntouched();
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task ImportRefusesAPlantedLinkBeforeAnythingIsWritten(string place, bool isForeign)
    {
        using var packed = new PackedCache();
        string link = Path.TrimEndingDirectorySeparator(Path.Combine(
            packed.Target,
            place.Replace("{repo}", Repo, StringComparison.Ordinal).Replace("{commit}", PackedCache.Commit, StringComparison.Ordinal)));
        _canary.Plant(link, isForeign);
        IReadOnlyList<string> before = packed.Left();

        HubCacheException error = Assert.Throws<HubCacheException>(() => packed.Import(packed.Archive));

        Assert.Equal((HubErrorCode.LinkedFolder, (object)link), (error.Code, error.Target));
        Assert.Equal(before, packed.Left());
        _canary.AssertUntouched();
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("{repo}", false)]
    [InlineData("{repo}/blobs", false)]
    [InlineData("", true)]
    [InlineData("{repo}", true)]
    [InlineData("{repo}/blobs", true)]
    public async Task ALinkOfOnesOwnIsFollowedToReadAndToSave(string place, bool isThere)
    {
        string target = Directory.CreateDirectory(Path.Combine(_cache.Root, "disk2", Path.GetFileName(At(place)))).FullName;
        if (isThere)
        {
            await SaveAllAsync();
            Directory.Delete(target);
            Directory.Move(At(place), target);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(At(place))!);
        File.CreateSymbolicLink(At(place), target);

        IReadOnlyList<DownloadOutcome> outcomes = await SaveAllAsync();

        Assert.All(outcomes, outcome => Assert.Equal(5000, new FileInfo(outcome.File!.FullName).ResolveLinkTarget(true) is FileInfo file
            && file.Length == 2 ? 5000 : ((FileInfo)new FileInfo(outcome.File.FullName).ResolveLinkTarget(true)!).Length));
        Assert.NotEmpty(Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories));
        Assert.Equal(isThere ? "Cache" : "Downloaded", outcomes[0].File!.Source);
        Assert.NotNull(new FileInfo(At(place)).LinkTarget);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("{repo}", false)]
    [InlineData("{repo}", true)]
    [InlineData("{repo}/blobs", false)]
    [InlineData("{repo}/blobs", true)]
    [InlineData("{repo}/refs", false)]
    public async Task TheCleanUpOfTheReadmeGoesThroughNoLink(string place, bool isForeign)
    {
        if (isForeign && !Canary.IsRoot)
        {
            return;
        }

        await SaveAllAsync();
        if (place == "{repo}")
        {
            _canary = new Canary(Path.Combine(_cache.Root, "disk2", Repo));
        }

        _canary.Plant(At(place), isForeign);
        if (place.Length == 0)
        {
            // The canary is the cache: what lies in it is a repo's.
            _canary = new Canary(Path.Combine(_cache.Root, "outside", Repo));
        }

        var errors = new List<HubCacheException>();
        List<CacheProblem> problems = await CheckAsync();
        using (var repair = new CacheRepair(_cache.Options, new PollyRetryPolicy(TimeSpan.FromMilliseconds(10)), new Recorder()))
        {
            await repair.RunAsync(problems, (_, error) => errors.AddRange(error is null ? [] : [error]), CancellationToken.None);
        }

        RemoveIncomplete(errors);

        _canary.AssertUntouched();
        Assert.NotEmpty(errors);
        Assert.All(errors, error => Assert.Equal((HubErrorCode.LinkedFolder, (object)At(place)), (error.Code, error.Target)));
        if (place is "" or "{repo}")
        {
            Assert.Contains("-CachePath", errors[0].Advice, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("", "*")]
    [InlineData("{repo}", "*")]
    [InlineData("{repo}/blobs", "*")]
    [InlineData("{repo}/snapshots", "*")]
    [InlineData("{repo}/snapshots/{commit}", "*")]
    [InlineData("{repo}/snapshots/{commit}/sub", "*")]
    [InlineData("{repo}/refs", "*")]
    [InlineData("{repo}/trees", "*")]
    [InlineData("{repo}/.no_exist", "*")]
    [InlineData(".locks/{repo}", "*")]
    [InlineData("{repo}/snapshots/{commit}/sub", "main")]
    [InlineData("{repo}/blobs", "main")]
    public async Task ARemovalGoesThroughNoLink(string place, string revision)
    {
        await SaveAllAsync();
        _canary.Plant(At(place), isForeign: false);
        if (place.Length == 0)
        {
            _canary = new Canary(Path.Combine(_cache.Root, "outside", Repo));
        }

        try
        {
            var remover = new CacheRemover(_cache.Path, Disk.OfThisSystem, TimeSpan.Zero);
            var selection = new RemovalSelection { Matches = (_, _) => true, Revision = revision == "*" ? null : Revision.Parse(revision) };
            RemovalPlan plan = remover.Plan(new RemovalRequest { Selections = [selection] }, CancellationToken.None);
            await remover.RemoveAsync(plan.Steps, _ => { }, _ => { }, CancellationToken.None);
        }
        catch (HubCacheException e)
        {
            Assert.Equal(HubErrorCode.LinkedFolder, e.Code);
        }

        _canary.AssertUntouched();
    }

    [Fact]
    public async Task APartialWithASecondNameIsCopiedAndNeverAppendedTo()
    {
        FakeFile large = FakeFile.Generated("large.bin", 5_000_000);
        _cache.Hub.AddRepo("org/large").Commit("main", [large]);
        string blobs = Directory.CreateDirectory(Path.Combine(_cache.Path, "models--org--large", "blobs")).FullName;
        string partial = Path.Combine(blobs, IncompleteName.NewFree(ETag.TryParse(large.Etag)!));
        string second = Path.Combine(_cache.Root, "second");
        await File.WriteAllBytesAsync(second, large.ToArray()[..3_000_000]);
        Disk.OfThisSystem.CreateHardLink(partial, second);

        DownloadOutcome outcome = await _cache.DownloadAsync("org/large", "large.bin");

        Assert.Equal(("Resumed", 2_000_000L), (outcome.File!.Source, outcome.File.BytesDownloaded));
        Assert.Equal(3_000_000, new FileInfo(second).Length);
        Assert.NotEqual(
            Disk.OfThisSystem.Look(second)!.Value.Identity, Disk.OfThisSystem.LookThrough(outcome.File.FullName)!.Value.Identity);
    }

    [Fact]
    public void TheModeOfAFileWithASecondNameIsNotChanged()
    {
        string file = Path.Combine(_cache.Root, "file");
        File.WriteAllText(file, "x");
        Disk.OfThisSystem.SetMode(file, 0b110_000_000);
        Disk.OfThisSystem.CreateHardLink(file + "2", file);

        Assert.Equal(DiskError.AccessDenied, Assert.Throws<DiskException>(() => Disk.OfThisSystem.SetMode(file, 0b110_110_110)).Error);
        using (var handle = Disk.OfThisSystem.OpenLockFile(file))
        {
            Disk.OfThisSystem.LetGroupWrite(handle);
        }

        Assert.Equal(0b110_000_000, Disk.OfThisSystem.Look(file)!.Value.Mode);
    }

    private string At(string place)
        => Path.TrimEndingDirectorySeparator(Path.Combine(
            _cache.Path, place.Replace("{repo}", Repo, StringComparison.Ordinal).Replace("{commit}", _commit, StringComparison.Ordinal)));

    private string[] Entries()
        => Directory.Exists(_cache.Path)
            ? [.. Directory.EnumerateFileSystemEntries(_cache.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
            : [];

    private async Task<IReadOnlyList<DownloadOutcome>> SaveAsync(bool asCopies)
        => await _cache.DownloadAsync(
            TestCache.Request("org/name", ["config.json", "sub/model.bin"]), _cache.Options with { WithoutSymbolicLinks = asCopies });

    private async Task<IReadOnlyList<DownloadOutcome>> SaveAllAsync()
    {
        IReadOnlyList<DownloadOutcome> outcomes = await SaveAsync(asCopies: false);
        Assert.All(outcomes, outcome => Assert.Null(outcome.Error));
        return outcomes;
    }

    private async Task<List<CacheProblem>> CheckAsync()
    {
        var problems = new List<CacheProblem>();
        await new CacheCheck(_cache.Path, (_, _) => true) { LooksBesideRepos = true }.RunAsync(
            problems.Add, _ => { }, CancellationToken.None);
        return problems;
    }

    private void RemoveIncomplete(List<HubCacheException> errors)
    {
        var census = new IncompleteCensus(_cache.Path, TimeSpan.Zero);
        foreach (IncompleteFile file in census.Find((_, _) => true, CancellationToken.None))
        {
            try
            {
                _ = census.Remove(file, force: true);
            }
            catch (HubCacheException e)
            {
                errors.Add(e);
            }
        }
    }
}
