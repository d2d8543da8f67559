using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Maintenance.Removing;

/// <summary>What a removal takes, what it leaves, and what it says of both.</summary>
public sealed class RemovalTests : IDisposable
{
    private const string Repo = RemovalCache.Repo;

    private readonly RemovalCache _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public async Task AWholeRepoGoesWithEverythingInIt()
    {
        _cache.Write("1234567", Repo, "blobs", $"{CareCache.Etag('f')}.free-0123abcd.incomplete");

        RemovalCache.Outcome outcome = await _cache.RemoveAsync("org/name");

        RemovedItem item = Assert.Single(outcome.Items);
        Assert.Equal(("Repo", 14 + 1000 + 3000 + 7L), (item.Kind, item.BytesFreed));
        Assert.Equal(item.BytesFreed, Assert.Single(outcome.Plan.Steps).Bytes);
        Assert.False(Directory.Exists(_cache.At(Repo)));
        Assert.NotEmpty(_cache.Left(RemovalCache.Other, "blobs"));
    }

    [Fact]
    public async Task ARevisionGoesWithItsRefAndOnlyTheBlobsOfItsOwn()
    {
        RemovalCache.Outcome outcome = await _cache.RemoveAsync("org/name", "v1");

        RemovedItem item = Assert.Single(outcome.Items);
        Assert.Equal(("Revision", "v1", 1000L), (item.Kind, item.Revision, item.BytesFreed));
        Assert.Contains("1 of its blobs stays", item.Reason, StringComparison.Ordinal);
        Assert.Equal(["main"], _cache.Left(Repo, "refs"));
        Assert.Equal([RemovalCache.New], Directory.EnumerateDirectories(_cache.At(Repo, "snapshots")).Select(Path.GetFileName));
        Assert.Equal(2, _cache.Left(Repo, "blobs").Count);
        Assert.Empty(_cache.Left(Repo, "trees"));
        Assert.Empty(_cache.Left(Repo, ".no_exist"));
        _cache.AssertSound();
    }

    [Fact]
    public async Task ARefThatIsNotTheLastGoesAlone()
    {
        _cache.Write(RemovalCache.New, Repo, "refs", "pr", "1");

        RemovalCache.Outcome outcome = await _cache.RemoveAsync("org/name", "pr/1");

        Assert.Equal(("Ref", 0L), (Assert.Single(outcome.Items).Kind, outcome.Freed));
        Assert.Equal(["main", "v1"], _cache.Left(Repo, "refs"));
        Assert.True(Directory.Exists(_cache.At(Repo, "snapshots", RemovalCache.New)));
    }

    [Fact]
    public async Task ACommitGoesWithAllItsRefs()
    {
        _cache.Write(RemovalCache.New, Repo, "refs", "pr", "1");

        Assert.Equal(3000, (await _cache.RemoveAsync("org/name", RemovalCache.New)).Freed);

        Assert.Equal(["v1"], _cache.Left(Repo, "refs"));
    }

    [Fact]
    public async Task TheLastRevisionTakesTheRepoWithIt()
    {
        await _cache.RemoveAsync("org/other", "main");
        Assert.False(Directory.Exists(_cache.At(RemovalCache.Other)));
    }

    [Fact]
    public async Task FilesGoByNameAndByPattern()
    {
        RemovalCache.Outcome outcome = await _cache.RemoveAsync("org/name", "main", "sub/*");

        Assert.Equal(("File", 3000L), (Assert.Single(outcome.Items).Kind, outcome.Freed));
        Assert.Equal(["config.json"], _cache.Left(Repo, "snapshots", RemovalCache.New));
        Assert.Equal(["main", "v1"], _cache.Left(Repo, "refs"));
        Assert.Equal(0, (await _cache.RemoveAsync("org/name", "v1", "config.json")).Freed);
        _cache.AssertSound();
    }

    [Fact]
    public async Task AllFilesOfARevisionAreTheRevision()
    {
        Assert.Equal("Revision", Assert.Single((await _cache.RemoveAsync("org/name", "main", "*")).Items).Kind);
        Assert.Equal(["v1"], _cache.Left(Repo, "refs"));
    }

    [Fact]
    public async Task DetachedRevisionsGoAndSoDoBlobsThatNothingRefersTo()
    {
        File.Delete(_cache.At(Repo, "refs", "v1"));
        string orphan = _cache.Write("nobody's", Repo, "blobs", CareCache.Etag('9'));

        RemovalCache.Outcome outcome =
            await _cache.RemoveAsync(new RemovalRequest { Selections = [RemovalCache.Of("*")], Detached = true });

        Assert.Equal(1008, outcome.Freed);
        Assert.False(File.Exists(orphan));
        Assert.Equal(outcome.Freed, outcome.Plan.Steps.Sum(step => step.Bytes));
        Assert.True(Directory.Exists(_cache.At(RemovalCache.Other)));
    }

    [Fact]
    public async Task WhatWasUsedLatelyStays()
    {
        Age(TimeSpan.FromDays(40), Directory.GetFiles(_cache.At(Repo, "blobs")));
        Age(TimeSpan.Zero, Directory.GetFiles(_cache.At(Repo, "blobs")).Where(blob => new FileInfo(blob).Length == 3000));

        var request = new RemovalRequest { Selections = [RemovalCache.Of("*")], UnusedFor = TimeSpan.FromDays(30) };
        RemovalCache.Outcome outcome = await _cache.RemoveAsync(request);

        Assert.Equal(("Revision", 1000L), (Assert.Single(outcome.Items).Kind, outcome.Freed));
        Age(TimeSpan.FromDays(40), Directory.GetFiles(_cache.At(Repo, "blobs")));
        Assert.Equal("Repo", Assert.Single((await _cache.RemoveAsync(request)).Items).Kind);
    }

    [Fact]
    public async Task TheLeastRecentlyUsedGoFirstUntilTheRestIsSmallEnough()
    {
        Age(TimeSpan.FromDays(3), Directory.GetFiles(_cache.At(RemovalCache.Other, "blobs")));
        Age(TimeSpan.FromDays(2), Directory.GetFiles(_cache.At(Repo, "blobs")).Where(blob => new FileInfo(blob).Length == 1000));

        // 4514 bytes: 14 shared, 1000, 3000 and 500.
        RemovalRequest Down(long bytes, params string[] keep)
            => new() { Selections = [RemovalCache.Of("*")], KeepBytes = bytes, Keep = (id, _) => keep.Contains(id) };

        Assert.Empty(_cache.Plan(Down(4514)).Steps);
        Assert.Equal("org/other", Assert.Single(_cache.Plan(Down(4513)).Steps).RepoId);
        Assert.Equal([1000L], _cache.Plan(Down(4513, "org/other")).Steps.Select(step => step.Bytes));
        Assert.Equal(4514, _cache.Plan(Down(0)).Steps.Sum(step => step.Bytes));
        Assert.Equal(1500, (await _cache.RemoveAsync(Down(3014))).Freed);
        Assert.Empty(_cache.Plan(Down(3014)).Steps);
    }

    [Fact]
    public void BlobsThatNothingRefersToGoBeforeWhatIsOfUse()
    {
        Age(TimeSpan.FromDays(3), Directory.GetFiles(_cache.At(RemovalCache.Other, "blobs")));
        _cache.Write("nobody's", Repo, "blobs", CareCache.Etag('9'));

        // 4522 bytes, 8 of them nobody's.
        RemovalStep step = Assert.Single(_cache.Plan(new RemovalRequest { Selections = [RemovalCache.Of("*")], KeepBytes = 4514 }).Steps);

        Assert.Equal(("Blob", 8L), (step.Kind, step.Bytes));
    }

    [Fact]
    public void WhatWasReadLatelyCountsAsUsedHoweverOldItIs()
    {
        string[] read = Directory.GetFiles(_cache.At(RemovalCache.Other, "blobs"));
        Age(TimeSpan.FromDays(9), read);
        Age(TimeSpan.FromDays(3), Directory.GetFiles(_cache.At(Repo, "blobs")));
        Array.ForEach(read, blob => File.SetLastAccessTimeUtc(blob, DateTime.UtcNow));

        RemovalPlan plan = _cache.Plan(new RemovalRequest { Selections = [RemovalCache.Of("*")], KeepBytes = 4513 });

        Assert.Equal("org/name", Assert.Single(plan.Steps).RepoId);
    }

    [Fact]
    public async Task WhatIsNotThereIsSaid()
    {
        Assert.Equal(HubErrorCode.NotCached, Assert.Single((await _cache.RemoveAsync("org/none")).Errors).Code);
        Assert.Equal(HubErrorCode.NotCached, Assert.Single((await _cache.RemoveAsync("org/name", "none")).Errors).Code);
        Assert.Equal(HubErrorCode.NotCached, Assert.Single((await _cache.RemoveAsync("org/name", "main", "none")).Errors).Code);
    }

    [Fact]
    public async Task APlanWritesNothing()
    {
        var disk = new DiskWithFaults();
        string[] before = [.. _cache.Left()];
        _ = new CacheRemover(_cache.CachePath, disk, default).Plan(
            new RemovalRequest { Selections = [RemovalCache.Of("*")] }, CancellationToken.None);
        Assert.Equal(before, _cache.Left());
        Assert.DoesNotContain(disk.Calls, call => call.Operation is "create" or "delete" or "symlink" or "fsync");
        await Task.CompletedTask;
    }

    [Fact]
    public async Task AHardLinkElsewhereKeepsTheBytesAndAnotherRevisionsKeepsTheBlob()
    {
        string blob = Directory.GetFiles(_cache.At(Repo, "blobs")).Single(path => new FileInfo(path).Length == 1000);
        Disk.OfThisSystem.CreateHardLink(Path.Combine(_cache.Root, "copy.bin"), blob);
        RemovalCache.Outcome outcome = await _cache.RemoveAsync("org/name", "v1");
        Assert.Equal((0L, 0L), (outcome.Freed, outcome.Plan.Steps[0].Bytes));
        Assert.False(File.Exists(blob));

        blob = Directory.GetFiles(_cache.At(Repo, "blobs")).Single(path => new FileInfo(path).Length == 3000);
        Directory.CreateDirectory(_cache.At(Repo, "snapshots", RemovalCache.Old));
        Disk.OfThisSystem.CreateHardLink(_cache.At(Repo, "snapshots", RemovalCache.Old, "hard.bin"), blob);
        Assert.Equal(14, (await _cache.RemoveAsync("org/name", "main")).Freed);
        Assert.True(File.Exists(blob));
    }

    [Fact]
    public async Task ALiveTempStaysWithItsBlobAndTheFolderAndIsSaid()
    {
        using var child = ChildProcess.Running();
        string etag = Path.GetFileName(Directory.GetFiles(_cache.At(Repo, "blobs")).Single(path => new FileInfo(path).Length == 1000));
        string temp = _cache.Write("part", Repo, "blobs", CareCache.NameOf(child.Identity, etag));

        RemovalCache.Outcome outcome = await _cache.RemoveAsync("org/name");

        Assert.True(File.Exists(temp));
        Assert.True(File.Exists(_cache.At(Repo, "blobs", etag)));
        Assert.Equal(2, outcome.Kept.Count());
        Assert.Equal(3014, outcome.Freed);
        _cache.AssertSound();
        child.Kill();
        Assert.Equal(1004, (await _cache.RemoveAsync("org/name")).Freed);
        Assert.False(Directory.Exists(_cache.At(Repo)));
    }

    [Fact]
    public async Task ARevisionThatIsBeingFilledStays()
    {
        using var child = ChildProcess.Running();
        _cache.Write("part", Repo, "blobs", CareCache.NameOf(child.Identity));
        File.Delete(_cache.At(Repo, "refs", "v1"));
        var request = new RemovalRequest { Selections = [RemovalCache.Of("org/name")], Detached = true };

        RemovalCache.Outcome outcome = await _cache.RemoveAsync(request);

        Assert.Equal("Kept", Assert.Single(outcome.Items).Kind);
        child.Kill();
        Assert.Equal(1000, (await _cache.RemoveAsync(request)).Freed);
    }

    [Fact]
    public async Task WhatADownloadMarksStays()
    {
        var folder = new RepoPaths(_cache.CachePath, RepoType.Model, RepoId.Parse("org/name"));
        string needed = Directory.GetFiles(_cache.At(Repo, "blobs")).Single(path => new FileInfo(path).Length == 1000);
        using (RepoMark.ForUse(
            Disk.OfThisSystem, folder, CommitHash.TryParse(RemovalCache.New)!, [ETag.TryParse(Path.GetFileName(needed))!]))
        {
            RemovalCache.Outcome outcome = await _cache.RemoveAsync("org/name");
            Assert.Equal(0, outcome.Freed);
            Assert.Contains(outcome.Kept, item => item.Revision == RemovalCache.New);
            Assert.Contains(outcome.Kept, item => item.FullName == needed);
            Assert.Equal(["main"], _cache.Left(Repo, "refs"));
            _cache.AssertSound();
        }

        Assert.Equal(4014, (await _cache.RemoveAsync("org/name")).Freed);
    }

    [Fact]
    public async Task AMarkThatIsStillBeingWrittenKeepsEveryBlob()
    {
        using var child = ChildProcess.Running();
        _cache.Write(string.Empty, ".locks", Repo, Path.ChangeExtension(CareCache.NameOf(child.Identity, RemovalCache.New), ".use"));

        RemovalCache.Outcome outcome = await _cache.RemoveAsync("org/name");

        Assert.Equal(0, outcome.Freed);
        Assert.Equal(3, _cache.Left(Repo, "blobs").Count);
        child.Kill();
        Assert.Equal(4014, (await _cache.RemoveAsync("org/name")).Freed);
    }

    [Fact]
    public async Task ARefThatMovesOnWhileTheRemovalWaitsStays()
    {
        const string Third = "cccccccccccccccccccccccccccccccccccccccc";
        _cache.AddFile(Repo, Third, "config.json", "shared by both");
        string moving = _cache.At(Repo, "refs", "main");
        string other = _cache.At(Repo, "refs", "v1");
        bool isMoved = false;
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                // All refs were read by now, and the first goes.
                if (call.Operation == nameof(Disk.Delete)
                    && call.Path.StartsWith(_cache.At(Repo, "refs"), StringComparison.Ordinal)
                    && !isMoved)
                {
                    isMoved = true;
                    File.WriteAllText(other, Third);
                }
            },
        };

        await _cache.RemoveAsync(new RemovalRequest
        {
            Selections = [RemovalCache.Of("org/name", RemovalCache.Old), RemovalCache.Of("org/name", RemovalCache.New)]
        }, disk);

        Assert.True(isMoved);
        Assert.False(File.Exists(moving));
        Assert.Equal(Third, await File.ReadAllTextAsync(other));
        _cache.AssertSound();
    }

    [Fact]
    public async Task AYoungBlobWithoutANameStaysWhileAnotherClientFillsTheRepo()
    {
        using var child = ChildProcess.Running();
        string temp = _cache.Write("part", Repo, "blobs", CareCache.NameOf(child.Identity));
        string orphan = _cache.Write("soon linked", Repo, "blobs", CareCache.Etag('9'));
        string older = _cache.Write("nobody's", Repo, "blobs", CareCache.Etag('8'));
        Age(TimeSpan.FromHours(2), [older]);

        RemovalCache.Outcome outcome = await _cache.RemoveAsync("org/name", "v1");

        Assert.True(File.Exists(orphan) && File.Exists(temp));
        Assert.False(File.Exists(older));
        Assert.Contains(outcome.Kept, item => item.FullName == orphan);
    }

    [Fact]
    public async Task ALinkInPlaceOfARepoGoesAloneAndPartsBehindOneAreRefused()
    {
        string elsewhere = Path.Combine(_cache.Root, "elsewhere");
        Directory.Move(_cache.At(RemovalCache.Other), elsewhere);
        _cache.Link(elsewhere, RemovalCache.Other);
        Assert.Equal(HubErrorCode.LinkedFolder, Assert.Single((await _cache.RemoveAsync("org/other", "main")).Errors).Code);
        RemovalCache.Outcome outcome = await _cache.RemoveAsync("org/other");
        Assert.Empty(outcome.Errors);
        RemovedItem item = Assert.Single(outcome.Items);
        Assert.Equal(("Repo", 0L), (item.Kind, item.BytesFreed));
        Assert.False(Path.Exists(_cache.At(RemovalCache.Other)));
        Assert.Equal(500, new FileInfo(Directory.GetFiles(Path.Combine(elsewhere, "blobs")).Single()).Length);
    }

    [Theory]
    [InlineData("snapshots")]
    [InlineData("blobs")]
    [InlineData("refs")]
    [InlineData("trees")]
    public async Task ALinkInPlaceOfAFolderIsNotFollowed(string name)
    {
        string elsewhere = Path.Combine(_cache.Root, "elsewhere");
        Directory.Move(_cache.At(Repo, name), elsewhere);
        string[] before = Directory.GetFileSystemEntries(elsewhere, "*", SearchOption.AllDirectories);
        _cache.Link(elsewhere, Repo, name);

        await _cache.RemoveAsync("org/name");

        Assert.False(Directory.Exists(_cache.At(Repo)));
        Assert.Equal(before, Directory.GetFileSystemEntries(elsewhere, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task StrangersStayAndAreSaid()
    {
        string[] strangers = [
            _cache.Write("x", Repo, "notes.txt"),
            _cache.Write("x", Repo, "blobs", "notes.txt"),
            _cache.Write("x", Repo, "snapshots", "mine", "notes.txt")
        ];
        RemovalCache.Outcome outcome = await _cache.RemoveAsync("org/name");
        Assert.All(strangers, stranger => Assert.True(File.Exists(stranger)));
        Assert.Equal(
            [strangers[1], strangers[0], Path.GetDirectoryName(strangers[2])!],
            outcome.Kept.Select(item => item.FullName).Order(StringComparer.Ordinal));
        Assert.Equal(4014, outcome.Freed);
    }

    private static void Age(TimeSpan age, IEnumerable<string> files)
    {
        foreach (string file in files)
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow - age);
            File.SetLastAccessTimeUtc(file, DateTime.UtcNow - age);
        }
    }
}
