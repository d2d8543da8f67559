using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FakeHub;

/// <summary>A file of a repo: kept in git (served by the Hub itself) or in LFS (served by the storage origin).</summary>
public sealed class FakeFile
{
    private const int HashPiece = 1 << 20;

    private FakeFile(string path, FileContent content, bool lfs)
    {
        Path = path;
        Content = content;
        IsLfs = lfs;
        Etag = lfs ? Hash(content, HashAlgorithmName.SHA256, "") : Hash(content, HashAlgorithmName.SHA1, BlobHeader(content.Length));
        Pointer = lfs ? $"version https://git-lfs.github.com/spec/v1\noid sha256:{Etag}\nsize {content.Length}\n" : null;
        GitOid = Pointer is null ? Etag : GitBlobOid(Encoding.ASCII.GetBytes(Pointer));
    }

    public string Path { get; }

    public bool IsLfs { get; }

    public long Size => Content.Length;

    /// <summary>What names the blob in a cache: the SHA-256 of an LFS file, the git blob SHA-1 of any other.</summary>
    public string Etag { get; }

    /// <summary>The git object: the blob itself, or the pointer that stands for an LFS file.</summary>
    public string GitOid { get; }

    /// <summary>The ETag of a git file is sent as <c>W/"…"</c>.</summary>
    public bool WeakEtag { get; init; }

    /// <summary>What Xet knows it by; null when it is not there.</summary>
    public string? XetHash { get; private set; }

    internal FileContent Content { get; }

    internal string? Pointer { get; }

    /// <summary>The storage origin's own validator; it says nothing about the content, as with most object stores.</summary>
    internal string StorageEtag => Hex.Sha1("stored:" + Etag)[..32];

    public static FakeFile FromText(string path, string text, bool lfs = false, bool weakEtag = false)
        => FromBytes(path, Encoding.UTF8.GetBytes(text), lfs, weakEtag);

    public static FakeFile FromBytes(string path, byte[] bytes, bool lfs = false, bool weakEtag = false)
        => new(path, new BytesContent(bytes), lfs) { WeakEtag = weakEtag };

    public static FakeFile Generated(string path, long size, int seed = 1, bool lfs = true, bool weakEtag = false)
        => new(path, new GeneratedContent(size, seed), lfs) { WeakEtag = weakEtag };

    /// <summary>The same file, which Xet has too, under any 64 hex digits.</summary>
    public FakeFile InXet(string xetHash)
    {
        XetHash = xetHash;
        return this;
    }

    /// <summary>The bytes from <paramref name="offset"/> on, for a test that compares.</summary>
    public byte[] Read(long offset, int count)
    {
        byte[] bytes = new byte[count];
        for (int done = 0; done < count;)
        {
            ReadOnlyMemory<byte> slice = Content.Slice(offset + done, count - done);
            slice.CopyTo(bytes.AsMemory(done));
            done += slice.Length;
        }
        return bytes;
    }

    public byte[] ToArray() => Read(0, checked((int)Size));

    private static string GitBlobOid(byte[] bytes)
        => Hash(new BytesContent(bytes), HashAlgorithmName.SHA1, BlobHeader(bytes.Length));

    private static string BlobHeader(long length) => string.Create(CultureInfo.InvariantCulture, $"blob {length}\0");

    private static string Hash(FileContent content, HashAlgorithmName algorithm, string header)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        hash.AppendData(Encoding.ASCII.GetBytes(header));
        for (long offset = 0; offset < content.Length;)
        {
            ReadOnlyMemory<byte> slice = content.Slice(offset, HashPiece);
            hash.AppendData(slice.Span);
            offset += slice.Length;
        }
        return Hex.Of(hash.GetHashAndReset());
    }
}
