using Xunit;

namespace HubCache.Tests.Xet;

/// <summary>The store that huggingface_hub shares between repos, as a place where a file may lie already.</summary>
public sealed class StoreOfOthersTests
{
    private const int MB = 1 << 20;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SavesTheFetchIfItsBytesAreRight(bool areRight)
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] bytes = hub.Add(XetHub.Noise(9 * MB));
        string file = Put(hub, areRight ? bytes : XetHub.Noise(bytes.Length, 77));
        CachedFile got = await hub.AssertDownloadsAsync(bytes);
        Assert.Equal(areRight ? 0 : 1, Math.Sign(hub.FetchedFromXorbs));
        Assert.Null(new FileInfo(got.BlobPath).LinkTarget);
        Assert.True(File.Exists(file));
    }

    [Fact]
    public async Task WithoutItsMarkItIsNobodys()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] bytes = hub.Add(XetHub.Noise(3 * MB));
        Put(hub, bytes);
        File.Delete(Path.Combine(hub.Cache.Path, "blobs", ".huggingface-shared-blobs"));
        CachedFile got = await hub.AssertDownloadsAsync(bytes);
        Assert.True(got.BytesDownloaded > 0);
    }

    private static string Put(XetHub hub, byte[] bytes)
    {
        string hash = hub.Hub.FindRepo(XetHub.Repo)!.FindFile("main", XetHub.Name)!.XetHash!;
        string shelf = Directory.CreateDirectory(Path.Combine(hub.Cache.Path, "blobs", hash[..2])).FullName;
        File.WriteAllText(Path.Combine(hub.Cache.Path, "blobs", ".huggingface-shared-blobs"), "1\n");
        File.WriteAllBytes(Path.Combine(shelf, hash), bytes);
        return Path.Combine(shelf, hash);
    }
}
