using System.Security.Cryptography;
using HubCache.Blobs;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using Xunit;

namespace HubCache.Tests.Blobs;

/// <summary>Nothing but verified bytes gets a blob's name, whoever asks for it.</summary>
public sealed class BlobWriterTests : IDisposable
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 31))];

    private readonly string _cache = Directory.CreateTempSubdirectory("hubcache-blob-").FullName;
    private readonly RepoPaths _folder;

    public BlobWriterTests() => _folder = new RepoPaths(_cache, RepoType.Model, RepoId.Parse("org/name"));

    private static ETag Etag => ETag.TryParse(Convert.ToHexString(SHA256.HashData(Bytes)).ToLowerInvariant())!;

    [Theory]
    [InlineData(0, 100_000, -1, true)]
    [InlineData(40_000, 100_000, -1, true)]
    [InlineData(0, 100_000, 99_999, false)]
    [InlineData(40_000, 100_000, 7, false)]
    [InlineData(0, 99_999, -1, false)]
    [InlineData(0, 100_001, -1, false)]
    [InlineData(0, 0, -1, false)]
    public void OnlyTheRightBytesGetTheName(int earlier, int length, int flipped, bool isRight)
    {
        byte[] bytes = [.. Bytes.Append((byte)0).Take(length)];
        if (flipped >= 0)
        {
            bytes[flipped] ^= 1;
        }

        using Temp temp = Temp.CreateForBlob(Disk.OfThisSystem, _folder, Etag);
        temp.Append(bytes.AsSpan(0, earlier));
        using var writer = new BlobWriter(temp, Etag, Bytes.Length);
        byte[] buffer = new byte[30_000];
        while (writer.HashNext(buffer) > 0)
        {
            // To the end of what was there.
        }

        writer.Append(bytes.AsSpan(earlier));
        var place = new BlobPlace(Disk.OfThisSystem, _folder, new FolderFlush(Disk.OfThisSystem));

        Assert.Equal(isRight, writer.IsRight);
        Exception? error = Record.Exception(() => writer.Commit(place));
        Assert.Equal(isRight, error is null);
        Assert.Equal(isRight, File.Exists(_folder.Blob(Etag)));
        Assert.Equal(isRight ? Bytes : null, isRight ? File.ReadAllBytes(_folder.Blob(Etag)) : null);
    }

    [Fact]
    public void APrefixThatWasNotHashedGetsNoName()
    {
        using Temp temp = Temp.CreateForBlob(Disk.OfThisSystem, _folder, Etag);
        temp.Append(Bytes);
        using var writer = new BlobWriter(temp, Etag, Bytes.Length);

        Assert.Throws<InvalidOperationException>(
            () => writer.Commit(new BlobPlace(Disk.OfThisSystem, _folder, new FolderFlush(Disk.OfThisSystem))));
        Assert.False(File.Exists(_folder.Blob(Etag)));
    }

    public void Dispose() => Directory.Delete(_cache, recursive: true);
}
