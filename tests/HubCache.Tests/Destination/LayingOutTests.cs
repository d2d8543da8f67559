using System.Globalization;
using FakeHub;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Testing;
using HubCache.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace HubCache.Tests.Destination;

/// <summary>What a destination holds after a download, and what is left alone in it.</summary>
public sealed class LayingOutTests
{
    [Fact]
    public async Task FilesAreRealOnesUnderTheirNames()
    {
        await using LocalDir dir = await LocalDir.StartAsync();

        IReadOnlyList<DownloadOutcome> outcomes = await dir.SaveAsync();

        Assert.Equal([dir.File("sub/model.bin"), dir.File("config.json")], outcomes.Select(outcome => outcome.File!.Destination));
        Assert.Equal(LocalDir.Model.ToArray(), await File.ReadAllBytesAsync(dir.File("sub/model.bin")));
        Assert.Null(new FileInfo(dir.File("sub/model.bin")).LinkTarget);
        Assert.NotEqual(Identity(outcomes[0].File!.BlobPath), Identity(dir.File("sub/model.bin")));
        Assert.StartsWith(dir.Cache.Path, outcomes[0].File!.FullName, StringComparison.Ordinal);
        Assert.Empty(dir.Temps());
        CacheRules.AssertKept(dir.Cache.Path);
    }

    [Fact]
    public async Task WithoutADestinationThereIsNone()
    {
        await using LocalDir dir = await LocalDir.StartAsync();

        Assert.Null((await dir.Cache.DownloadAsync("org/name", "config.json")).File!.Destination);
    }

    [Fact]
    public async Task MetadataAreThoseOfTheReferenceClient()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        double before = Now();

        await dir.SaveAsync();

        string text = await File.ReadAllTextAsync(dir.Metadata("sub/model.bin"));
        Assert.Matches(@"\A[0-9a-f]{40}\n[0-9a-f]{64}\n[0-9]+\.[0-9]+\n\z", text);
        string[] lines = dir.MetadataLines("sub/model.bin");
        Assert.Equal([dir.Commit, LocalDir.Model.Etag], lines[..2]);
        double timestamp = double.Parse(lines[2], CultureInfo.InvariantCulture);
        Assert.InRange(timestamp, before - 1, Now() + 1);
        Assert.True(timestamp >= Seconds(File.GetLastWriteTimeUtc(dir.File("sub/model.bin"))) - 0.001);
        Assert.Equal("*", await File.ReadAllTextAsync(Path.Combine(dir.Path, ".cache", "huggingface", ".gitignore")));
        Assert.StartsWith(
            "Signature: 8a477f597d28d172789f06886806bc55\n",
            await File.ReadAllTextAsync(Path.Combine(dir.Path, ".cache", "huggingface", "CACHEDIR.TAG")),
            StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(dir.Path, "CACHEDIR.TAG")));
    }

    [Fact]
    public async Task AFileWhoseClockIsAheadDoesNotLookChanged()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        CachedFile cached = (await dir.Cache.DownloadAsync("org/name", "config.json")).File!;
        DateTime ahead = DateTime.UtcNow.AddHours(1);
        File.SetLastWriteTimeUtc(cached.BlobPath, ahead);

        await dir.SaveAsync(["config.json"], hardLink: true);

        Assert.True(double.Parse(dir.MetadataLines("config.json")[2], CultureInfo.InvariantCulture) >= Seconds(ahead) - 0.001);
    }

    [Fact]
    public async Task WhatIsRightIsLeftAloneAndNothingIsWritten()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        await dir.SaveAsync();
        IReadOnlyList<string> before = dir.State();
        var disk = new FaultyDisk();

        IReadOnlyList<DownloadOutcome> outcomes = await dir.SaveAsync(disk: disk);

        Assert.Equal(before, dir.State());
        Assert.Equal(dir.File("config.json"), outcomes[1].File!.Destination);
        Assert.DoesNotContain(
            disk.Calls,
            call => FaultyDisk.WritingOperations.Contains(call.Operation) && call.Path.StartsWith(dir.Path, StringComparison.Ordinal));
        Assert.DoesNotContain(disk.Calls, call => call.Operation == nameof(Disk.Read) && call.Path == dir.File("sub/model.bin"));
    }

    [Fact]
    public async Task OnlyTheCommitOfTheMetadataIsRefreshed()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        await dir.SaveAsync();
        FileFacts before = Look(dir.File("sub/model.bin"));
        string commit = dir.Hub.FindRepo("org/name")!.Commit("main", [FakeFile.FromText("other.txt", "x")]);

        await dir.SaveAsync(["sub/model.bin"]);

        Assert.Equal(before with { Accessed = default }, Look(dir.File("sub/model.bin")) with { Accessed = default });
        Assert.Equal([commit, LocalDir.Model.Etag], dir.MetadataLines("sub/model.bin")[..2]);
    }

    [Theory]
    [InlineData("sub/model.bin")]
    [InlineData("config.json")]
    public async Task TheRightBytesWithoutMetadataGetMetadataOnly(string name)
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        await dir.SaveAsync();
        File.Delete(dir.Metadata(name));
        FileFacts before = Look(dir.File(name));

        await dir.SaveAsync();

        Assert.Equal(before with { Accessed = default }, Look(dir.File(name)) with { Accessed = default });
        Assert.Equal(dir.Commit, dir.MetadataLines(name)[0]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no metadata")]
    [InlineData("a\nb\nc\n")]
    [InlineData("a\nb\nnan\n")]
    public async Task BrokenMetadataAreNone(string metadata)
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        await dir.SaveAsync();
        await File.WriteAllTextAsync(dir.Metadata("config.json"), metadata);

        await dir.SaveAsync();

        Assert.Equal([dir.Commit, LocalDir.Config.Etag], dir.MetadataLines("config.json")[..2]);
    }

    [Fact]
    public async Task WhatTheReferenceClientLaidOutIsLeftAlone()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        Directory.CreateDirectory(Path.Combine(dir.Path, "sub"));
        await File.WriteAllBytesAsync(dir.File("sub/model.bin"), LocalDir.Model.ToArray());
        dir.WriteMetadata("sub/model.bin", dir.Commit, LocalDir.Model.Etag, Now() - 0.9);
        IReadOnlyList<string> before = dir.State();

        await dir.SaveAsync(["sub/model.bin"]);

        Assert.Equal(before, dir.State());
    }

    [Fact]
    public async Task AChangedFileIsReplaced()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        await dir.SaveAsync();
        byte[] changed = LocalDir.Model.ToArray();
        changed[7] ^= 1;
        await File.WriteAllBytesAsync(dir.File("sub/model.bin"), changed);
        File.SetLastWriteTimeUtc(dir.File("sub/model.bin"), DateTime.UtcNow.AddMinutes(1));
        await File.WriteAllTextAsync(dir.File("config.json"), "my own");

        await dir.SaveAsync();

        Assert.Equal(LocalDir.Model.ToArray(), await File.ReadAllBytesAsync(dir.File("sub/model.bin")));
        Assert.Equal("{ }", await File.ReadAllTextAsync(dir.File("config.json")));
    }

    [Fact]
    public async Task ANewVersionReplacesTheOldEvenWhereTimesSayNothing()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        await dir.SaveAsync(["config.json"]);
        dir.Hub.FindRepo("org/name")!.Commit("main", [FakeFile.FromText("config.json", "[ ]")]);

        await dir.SaveAsync(["config.json"]);

        Assert.Equal("[ ]", await File.ReadAllTextAsync(dir.File("config.json")));
        Assert.Equal(dir.Hub.FindRepo("org/name")!.FindFile("main", "config.json")!.Etag, dir.MetadataLines("config.json")[1]);
    }

    [Fact]
    public async Task ForceLaysOutAgain()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        await dir.SaveAsync(["config.json"]);
        FileIdentity before = Identity(dir.File("config.json"));

        await dir.SaveAsync(["config.json"], force: true);

        Assert.NotEqual(before, Identity(dir.File("config.json")));
    }

    [Fact]
    public async Task ItWorksOfflineAndWithoutFetchingAnything()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        await dir.Cache.DownloadAsync(TestCache.Request("org/name", ["sub/model.bin", "config.json"]));
        dir.Hub.Log.Clear();

        IReadOnlyList<DownloadOutcome> outcomes = await dir.SaveAsync(options: dir.Cache.Options with { Offline = true });

        Assert.All(outcomes, outcome => Assert.True(File.Exists(outcome.File!.Destination)));
        Assert.Equal([dir.Commit, LocalDir.Model.Etag], dir.MetadataLines("sub/model.bin")[..2]);
        Assert.Empty(dir.Hub.Log.Entries);
    }

    [Fact]
    public async Task ACopyWhoseBlobIsThereIsLaidOutWithMetadata()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        CachedFile cached = (await dir.Cache.DownloadAsync(
            "org/name", "config.json", options: dir.Cache.Options with { WithoutSymbolicLinks = true })).File!;

        DownloadOutcome outcome = (await dir.SaveAsync(["config.json"], options: dir.Cache.Options with { Offline = true }))[0];

        Assert.Equal(cached.ETag, outcome.File!.ETag);
        Assert.Equal(await File.ReadAllTextAsync(cached.FullName), await File.ReadAllTextAsync(dir.File("config.json")));
        Assert.Equal([dir.Commit, cached.ETag!], dir.MetadataLines("config.json")[..2]);
    }

    [Fact]
    public async Task AHardLinkIsTheCachesOwnFile()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        await dir.SaveAsync(["config.json"]);

        IReadOnlyList<DownloadOutcome> outcomes = await dir.SaveAsync(hardLink: true);

        Assert.Equal(Identity(outcomes[0].File!.BlobPath), Identity(dir.File("sub/model.bin")));
        Assert.NotEqual(Identity(outcomes[1].File!.BlobPath), Identity(dir.File("config.json")));
        IReadOnlyList<string> before = dir.State();
        await dir.SaveAsync(hardLink: true);
        Assert.Equal(before, dir.State());
        await dir.SaveAsync(hardLink: true, force: true);
        Assert.Empty(dir.Temps());
    }

    [Fact]
    public async Task AHardLinkToABlobInTheSharedStoreIsToTheFileItself()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        CachedFile cached = (await dir.Cache.DownloadAsync("org/name", "sub/model.bin")).File!;
        string store = Path.Combine(Directory.CreateDirectory(Path.Combine(dir.Cache.Path, "blobs", "ab")).FullName, "hash");
        File.Move(cached.BlobPath, store);
        File.CreateSymbolicLink(cached.BlobPath, "../../blobs/ab/hash");

        Assert.Null((await dir.SaveAsync(["sub/model.bin"], hardLink: true))[0].Error);

        Assert.Equal(Identity(store), Identity(dir.File("sub/model.bin")));
    }

    [Theory]
    [InlineData(DiskError.CrossDevice)]
    [InlineData(DiskError.AccessDenied)]
    [InlineData(DiskError.NotSupported)]
    internal async Task WhereHardLinksAreNotToBeHadItIsACopy(DiskError error)
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        var disk = new FaultyDisk { Fault = call => call.Operation == nameof(Disk.CreateHardLink) ? error : null };
        var recorder = new Recorder();

        DownloadOutcome outcome = (await dir.SaveAsync(["config.json"], hardLink: true, disk: disk, recorder: recorder))[0];

        Assert.NotEqual(Identity(outcome.File!.BlobPath), Identity(dir.File("config.json")));
        Assert.Contains(recorder.Notes, note => note.Contains("no hard link", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AHardLinkThatWasChangedInPlaceIsToldFromTheRightFile()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        await dir.SaveAsync(["config.json"], hardLink: true);
        await File.WriteAllTextAsync(dir.File("config.json"), "{!}");
        File.SetLastWriteTimeUtc(dir.File("config.json"), DateTime.UtcNow.AddMinutes(1));

        Assert.Equal(HubErrorCode.HashMismatch, (await dir.SaveAsync(["config.json"], hardLink: true))[0].Error!.Code);
        Assert.Null((await dir.SaveAsync(["config.json"], hardLink: true, force: true))[0].Error);
        Assert.Equal("{ }", await File.ReadAllTextAsync(dir.File("config.json")));
    }

    [Fact]
    public async Task ACopyIsCheckedWhenTheCachesFileWasNot()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        CachedFile cached = (await dir.Cache.DownloadAsync("org/name", "config.json")).File!;
        await File.WriteAllTextAsync(cached.BlobPath, "{!}");

        Assert.Equal(HubErrorCode.HashMismatch, (await dir.SaveAsync(["config.json"]))[0].Error!.Code);
        Assert.False(File.Exists(dir.File("config.json")));
        Assert.Empty(dir.Temps());
    }

    [Fact]
    public async Task AClonePutsOnTheDiskAndNeedsNoRoom()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        var recorder = new Recorder();

        Assert.All(await dir.SaveAsync(disk: new CloningDisk(dir.Path), recorder: recorder), outcome => Assert.Null(outcome.Error));

        Assert.Equal(LocalDir.Model.ToArray(), await File.ReadAllBytesAsync(dir.File("sub/model.bin")));
        Assert.DoesNotContain(recorder.Progress, progress => progress.Activity == "Copying");
    }

    [Fact]
    public async Task ACopyShowsItsProgress()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        var recorder = new Recorder();

        await dir.SaveAsync(["sub/model.bin"], recorder: recorder);

        Assert.Contains(recorder.Progress, progress => progress is { Activity: "Copying", IsFinished: true, BytesDone: 3_000_000 });
    }

    [Fact]
    public async Task EachNameIsLaidOutOnceHoweverOftenItIsAskedFor()
    {
        await using LocalDir dir = await LocalDir.StartAsync();

        IReadOnlyList<DownloadOutcome> outcomes = await dir.SaveAsync(["config.json", "config.json"]);

        Assert.All(outcomes, outcome => Assert.Equal(dir.File("config.json"), outcome.File!.Destination));
    }

    [Fact]
    public async Task ManyFilesAreLaidOut()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        FakeFile[] files = [.. Enumerable.Range(0, 60).Select(i => FakeFile.FromText($"d{i % 7}/f{i}.txt", $"text {i}"))];
        dir.Hub.FindRepo("org/name")!.Commit("main", files);

        Assert.All(await dir.SaveAsync(files.Select(file => file.Path)), outcome => Assert.Null(outcome.Error));

        Assert.All(files, file => Assert.Equal(file.ToArray(), File.ReadAllBytes(dir.File(file.Path))));
        Assert.All(files, file => Assert.Equal(file.Etag, dir.MetadataLines(file.Path)[1]));
        Assert.Empty(dir.Temps());
    }

    [Fact]
    public async Task DeadTempsOfOursAreRemovedAndOthersAreNot()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        Directory.CreateDirectory(dir.Download);
        string dead = Path.Combine(dir.Download, (IncompleteName.New("copy") with { Serial = 0 }).ToString());
        string other = Path.Combine(dir.Download, $"hash=.{LocalDir.Config.Etag}.00000000.incomplete");
        await File.WriteAllTextAsync(dead, "x");
        await File.WriteAllTextAsync(other, "x");

        await dir.SaveAsync(["config.json"]);

        Assert.Equal([other], dir.Temps());
    }

    [Fact]
    public async Task TheLockOfTheOtherClientIsAskedForAndNotReliedOn()
    {
        await using LocalDir dir = await LocalDir.StartAsync();
        Directory.CreateDirectory(dir.Download);
        using (ClientLock.Ask(Disk.OfThisSystem, Path.Combine(dir.Download, "config.json.lock")).Held)
        {
            Task<IReadOnlyList<DownloadOutcome>> saving = dir.SaveAsync(["config.json"]);
            await Task.Delay(700);
            Assert.False(File.Exists(dir.File("config.json")));
            Assert.Null((await saving)[0].Error);
        }

        Assert.True(File.Exists(dir.File("config.json")));
    }

    private static FileFacts Look(string path) => Disk.OfThisSystem.Look(path)!.Value;

    private static FileIdentity Identity(string path) => Look(path).Identity;

    private static double Now() => Seconds(DateTime.UtcNow);

    private static double Seconds(DateTime time) => (time - DateTime.UnixEpoch).TotalSeconds;

    /// <summary>A file system that clones, and has no room for anything else.</summary>
    private sealed class CloningDisk(string destination) : ForwardingDisk
    {
        public override bool TryClone(SafeFileHandle from, SafeFileHandle to)
        {
            byte[] bytes = new byte[RandomAccess.GetLength(from)];
            RandomAccess.Read(from, bytes, 0);
            RandomAccess.Write(to, bytes, 0);
            return true;
        }

        public override long? FreeRoom(string folder)
            => folder.StartsWith(destination, StringComparison.Ordinal) ? 0 : base.FreeRoom(folder);
    }
}
