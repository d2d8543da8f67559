using FakeHub;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Download;

/// <summary>A request with a lock file brings exactly what that says, or nothing.</summary>
public sealed class LockedRequestTests : IAsyncLifetime
{
    private static readonly FakeFile Config = FakeFile.FromText("config.json", "{}");
    private static readonly FakeFile Model = FakeFile.Generated("model.bin", 300_000);

    private TestCache _cache = null!;
    private string _commit = null!;

    public async Task InitializeAsync()
    {
        _cache = await TestCache.StartAsync();
        _commit = _cache.Hub.AddRepo("org/name").Commit("main", [Config, Model]);
    }

    public async Task DisposeAsync() => await _cache.DisposeAsync();

    [Theory]
    [InlineData(1, false)]
    [InlineData(0, true)]
    public async Task OfWhatTheHubSaysOtherwiseNothingIsFetched(int delta, bool isOtherHash)
    {
        var wrong = new LockedFile(
            HubFileName.Parse(Model.Path), Model.Size + delta, ETag.TryParse(isOtherHash ? new string('a', 64) : Model.Etag)!);

        IReadOnlyList<DownloadOutcome> outcomes = await RunAsync(Disk.OfThisSystem, locked: [Locked(Config), wrong]);

        Assert.All(outcomes, outcome => Assert.Equal(HubErrorCode.HashMismatch, outcome.Error?.Code));
        Assert.Equal(0, _cache.Hub.Log.Count("/resolve/", "GET"));
        CacheRules.AssertNothingPublished(_cache.Path);
    }

    [Fact]
    public async Task ADamagedHitIsFetchedAgainAndOfflineAnError()
    {
        // With the listing of the commit, a hit of the right length counts as one for any other request.
        Assert.All(
            await _cache.DownloadAsync(new DownloadRequest { RepoId = RepoId.Parse("org/name") }),
            outcome => Assert.Equal("Downloaded", outcome.File?.Source));
        byte[] bytes = Model.ToArray();
        bytes[1000] ^= 1;
        await File.WriteAllBytesAsync(BlobOfModel, bytes);

        Assert.Contains(await RunAsync(Disk.OfThisSystem, isOffline: true), outcome => outcome.Error?.Code == HubErrorCode.HashMismatch);
        Assert.Equal(["Cache", "Downloaded"], (await RunAsync(Disk.OfThisSystem)).Select(outcome => outcome.File?.Source));
        CacheRules.AssertKept(_cache.Path);
    }

    [Fact]
    public async Task WhatSomebodyElseBringsMeanwhileIsHashed()
    {
        // The mark of the download is written after the cache was looked at, and before the first byte.
        var disk = new FaultyDisk
        {
            Before = call =>
            {
                if (call.Operation == nameof(Disk.CreateNew) && call.Path.EndsWith(".use", StringComparison.Ordinal))
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(BlobOfModel)!);
                    File.WriteAllBytes(BlobOfModel, new byte[Model.Size]);
                }
            },
        };

        IReadOnlyList<DownloadOutcome> outcomes = await RunAsync(disk);

        Assert.Equal([null, HubErrorCode.HashMismatch], outcomes.Select(outcome => outcome.Error?.Code));
    }

    private string BlobOfModel => Path.Combine(_cache.Path, "models--org--name", "blobs", Model.Etag);

    private static LockedFile Locked(FakeFile file) => new(HubFileName.Parse(file.Path), file.Size, ETag.TryParse(file.Etag)!);

    private async Task<IReadOnlyList<DownloadOutcome>> RunAsync(Disk disk, bool isOffline = false, LockedFile[]? locked = null)
    {
        locked ??= [Locked(Config), Locked(Model)];
        using HubDownloader downloader = TestCache.Downloader(_cache.Options with { Offline = isOffline }, disk);
        var request = new DownloadRequest
        {
            RepoId = RepoId.Parse("org/name"),
            Commit = CommitHash.TryParse(_commit),
            Files = [.. locked.Select(file => FileSelector.Of(file.Name))],
            Locked = locked,
        };
        return await downloader.DownloadAsync(request, new Recorder(), default);
    }
}
