using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Blobs;

/// <summary>The running hash of a blob's bytes, in the kind that its etag names.</summary>
internal sealed class BlobHash : IDisposable
{
    private readonly IncrementalHash _hash;
    private readonly ETag _etag;

    /// <summary>Begins a hash. Git's SHA-1 is over <c>"blob length\0"</c> and the bytes, so the length is needed first.</summary>
    public BlobHash(ETag etag, long length)
    {
        _etag = etag;
#pragma warning disable CA5350 // SHA-1 is what git names its objects with.
        _hash = IncrementalHash.CreateHash(etag.IsSha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        if (!etag.IsSha256)
        {
            _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {length}\0")));
        }
    }

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>Ends the hash, and says whether it is the one that the etag names.</summary>
    public bool Matches() => Convert.ToHexString(_hash.GetHashAndReset()).Equals(_etag.Value, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a file, and says whether it has the length, and its bytes the hash that an etag names.</summary>
    /// <exception cref="DiskException">The file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static bool IsOf(Disk disk, string path, bool followLink, ETag etag, long length, CancellationToken cancellationToken = default)
    {
        using SafeFileHandle file = disk.OpenForReading(path, followLink);
        return IsOf(disk, file, path, etag, length, cancellationToken);
    }

    /// <summary>The same for a file that is open.</summary>
    /// <exception cref="DiskException">The file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static bool IsOf(
        Disk disk, SafeFileHandle file, string path, ETag etag, long length, CancellationToken cancellationToken = default)
    {
        using var hash = new BlobHash(etag, length);
        return FileBlocks.Read(disk, file, path, hash.Append, cancellationToken) == length && hash.Matches();
    }

    /// <summary>The two names that a file could have as a blob: by its SHA-256, and by git's SHA-1.</summary>
    /// <exception cref="DiskException">The file cannot be read.</exception>
    public static IReadOnlyList<ETag> NamesOf(Disk disk, string path, long length)
    {
        BlobHash[] hashes = [new(ETag.TryParse(new string('0', 64))!, length), new(ETag.TryParse(new string('0', 40))!, length)];
        try
        {
            using SafeFileHandle file = disk.OpenForReading(path, followLink: true);
            FileBlocks.Read(disk, file, path, block =>
            {
                hashes[0].Append(block);
                hashes[1].Append(block);
            });
            return [.. hashes.Select(hash => ETag.TryParse(Convert.ToHexString(hash._hash.GetHashAndReset()).ToLowerInvariant())!)];
        }
        finally
        {
            Array.ForEach(hashes, hash => hash.Dispose());
        }
    }

    public void Dispose() => _hash.Dispose();
}
