using HubCache.Platform;
using Xunit;

namespace HubCache.Tests.Maintenance.Removing;

/// <summary>The store that huggingface_hub shares between repos: its manifests stay true, and what is doubtful stays.</summary>
public sealed class SharedStoreTests : IDisposable
{
    private static readonly string Xet = CareCache.Etag('e');
    private static readonly string Etag = CareCache.Etag('7');

    private readonly RemovalCache _cache = new(isEmpty: true);
    private readonly string _payload;

    public SharedStoreTests()
    {
        _cache.Write("1\n", "blobs", ".huggingface-shared-blobs");
        _payload = _cache.Write("12345678", "blobs", "ee", Xet);
        _cache.Write(
            $"models--org--a/blobs/{Etag}\nmodels--org--b/blobs/{Etag}\nmodels--org--gone/blobs/{Etag}\n", "blobs", "ee", Xet + ".refs");
        foreach (string repo in (string[])["models--org--a", "models--org--b"])
        {
            _cache.Link($"../../blobs/ee/{Xet}", repo, "blobs", Etag);
            _cache.Link($"../../blobs/{Etag}", repo, "snapshots", RemovalCache.Old, "model.bin");
            _cache.Write(RemovalCache.Old, repo, "refs", "main");
        }
    }

    public void Dispose() => _cache.Dispose();

    [Fact]
    public async Task AFileGoesWithTheLastRepoThatHasIt()
    {
        RemovalCache.Outcome first = await _cache.RemoveAsync("org/a");
        Assert.Equal((0L, 0L), (first.Freed, first.Plan.Steps.Sum(step => step.Bytes)));
        Assert.Equal($"models--org--b/blobs/{Etag}\n", await File.ReadAllTextAsync(_payload + ".refs"));
        _cache.AssertSound();

        RemovalCache.Outcome last = await _cache.RemoveAsync("org/b");
        Assert.Equal((8L, 8L), (last.Freed, last.Plan.Steps.Sum(step => step.Bytes)));
        Assert.False(File.Exists(_payload) || File.Exists(_payload + ".refs"));
    }

    [Fact]
    public async Task BothAtOnceAreCountedOnce()
    {
        RemovalCache.Outcome outcome = await _cache.RemoveAsync(new RemovalRequest { Selections = [RemovalCache.Of("*")] });
        Assert.Equal((8L, 8L), (outcome.Freed, outcome.Plan.Steps.Sum(step => step.Bytes)));
    }

    [Fact]
    public async Task WithoutAManifestNothingGoes()
    {
        File.Delete(_payload + ".refs");
        await StaysAsync();
    }

    [Fact]
    public async Task WithoutTheStoresMarkNothingGoes()
    {
        File.Delete(_cache.At("blobs", ".huggingface-shared-blobs"));
        await StaysAsync();
    }

    [Fact]
    public async Task WhileAnotherClientHoldsTheLockNothingGoes()
    {
        using var held = Disk.OfThisSystem.OpenLockFile(_payload + ".lock");
        Assert.Equal(LockAnswer.Granted, Disk.OfThisSystem.TryLock(held, exclusive: true, LockedPart.FirstByte));
        await StaysAsync();
    }

    [Fact]
    public async Task WhatAnEarlierRemovalLeftIsFoundByTheManifest()
    {
        File.Delete(_cache.At("models--org--a", "snapshots", RemovalCache.Old, "model.bin"));
        File.Delete(_cache.At("models--org--a", "blobs", Etag));
        File.Delete(_cache.At("models--org--b", "snapshots", RemovalCache.Old, "model.bin"));
        File.Delete(_cache.At("models--org--b", "blobs", Etag));
        Assert.Equal(8, (await _cache.RemoveAsync("org/a")).Freed);
        Assert.False(File.Exists(_payload));
    }

    private async Task StaysAsync()
    {
        RemovalCache.Outcome outcome = await _cache.RemoveAsync(new RemovalRequest { Selections = [RemovalCache.Of("*")] });
        Assert.Equal(0, outcome.Freed);
        Assert.True(File.Exists(_payload));
        Assert.False(Directory.Exists(_cache.At("models--org--a")) || Directory.Exists(_cache.At("models--org--b")));
    }
}
