using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Store;

/// <summary>The cache's tag: written whole or not at all, and mended when a power cut emptied it.</summary>
public sealed class MarkerFileTests : IDisposable
{
    private readonly string _cache = Directory.CreateTempSubdirectory("hubcache-tag-").FullName;

    private string Tag => Path.Combine(_cache, "CACHEDIR.TAG");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AMissingOrEmptyTagIsWritten(bool isEmpty)
    {
        if (isEmpty)
        {
            File.WriteAllBytes(Tag, []);
        }

        CacheTag.Ensure(Disk.OfThisSystem, _cache);

        Assert.StartsWith("Signature: 8a477f597d28d172789f06886806bc55", File.ReadAllText(Tag), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_cache, "*.incomplete", SearchOption.AllDirectories));
    }

    [Fact]
    public void ATagOfSomebodyElsesStays()
    {
        File.WriteAllText(Tag, "mine");

        CacheTag.Ensure(Disk.OfThisSystem, _cache);

        Assert.Equal("mine", File.ReadAllText(Tag));
    }

    [Theory]
    [InlineData(nameof(Disk.Write))]
    [InlineData(nameof(Disk.Rename))]
    public void NothingShortIsEverThere(string operation)
    {
        CacheTag.Ensure(new FaultyDisk { Fault = call => call.Operation == operation ? DiskError.NoSpace : null }, _cache);

        Assert.False(File.Exists(Tag));
        Assert.Empty(Directory.EnumerateFiles(_cache, "*", SearchOption.AllDirectories));
    }

    public void Dispose() => Directory.Delete(_cache, recursive: true);
}
