using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Blobs;

/// <summary>
/// One blob on its way to its name: the temp that takes its bytes, the running hash of what is in it, and <see cref="Commit"/>, which
/// alone can give a blob its name.
/// </summary>
/// <param name="temp">Empty, or a prefix of the blob, which is read by <see cref="HashNext"/> first. Stays the caller's to dispose.</param>
/// <param name="etag">The hash that the bytes must have, and the name that they get.</param>
/// <param name="length">How many bytes they must be.</param>
internal sealed partial class BlobWriter(Temp temp, ETag etag, long length) : IDisposable
{
    private readonly BlobHash _hash = new(etag, length);
    private long _hashed;
    private bool? _isRight;

    public Temp Temp => temp;

    /// <summary>Whether length and hash are the blob's. Asked when no more bytes come: the hash ends with it.</summary>
    public bool IsRight => _isRight ??= temp.Length == length && _hashed == length && _hash.Matches();

    /// <summary>Hashes the next bytes of those that the temp had before.</summary>
    /// <param name="buffer">Takes them.</param>
    /// <returns>How many there were; 0 when none are left.</returns>
    /// <exception cref="DiskException">They cannot be read, or somebody cut the file off.</exception>
    public int HashNext(Span<byte> buffer)
    {
        long left = temp.Length - _hashed;
        int read = left == 0 ? 0 : temp.Read(buffer[..(int)Math.Min(buffer.Length, left)], _hashed);
        if (read == 0 && left > 0)
        {
            throw new DiskException(DiskError.InputOutput, "read", temp.Path, "another tool cut the file off");
        }

        Hash(buffer[..read]);
        return read;
    }

    /// <exception cref="DiskException">The disk failed.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Hash(bytes);
        temp.Append(bytes);
    }

    /// <summary>Verifies length and hash, flushes the bytes, gives them the blob's name, and flushes the folder.</summary>
    /// <param name="place">Where the blob is to lie.</param>
    /// <param name="cancellationToken">Ends the wait for whoever holds one of the two names open.</param>
    /// <exception cref="InvalidOperationException">Length or hash are not the blob's: the caller went on where it should have
    /// ended.</exception>
    /// <exception cref="DiskException">Nothing was published; or only the folder could not be flushed, and a verified blob is there that
    /// nobody was told of.</exception>
    /// <exception cref="TempLostException">Other tools removed the temp again and again.</exception>
    public void Commit(BlobPlace place, CancellationToken cancellationToken = default)
    {
        if (!IsRight)
        {
            throw new InvalidOperationException($"What is in '{temp.Name}' is not the blob {etag}, and does not get its name.");
        }

        new Publisher(place.Disk, place.Folder, place.Flush).Publish(temp, etag, cancellationToken);
    }

    public void Dispose() => _hash.Dispose();

    private void Hash(ReadOnlySpan<byte> bytes)
    {
        _hash.Append(bytes);
        _hashed += bytes.Length;
    }
}

/// <summary>A repo in which blobs get their names.</summary>
/// <param name="Disk">The file operations.</param>
/// <param name="Folder">The repo.</param>
/// <param name="Flush">Puts the entries of its folders on the disk.</param>
internal sealed record BlobPlace(Disk Disk, RepoPaths Folder, FolderFlush Flush)
{
    /// <summary>Makes sure that a blob which another process just published survives a power cut before it is reported.</summary>
    public void FlushIfYoung(ETag etag) => YoungFile.Flush(Disk, Folder.Blob(etag), Flush.Flush);
}

/// <summary>The temp was removed by another tool more often than we copy it again, or its bytes were changed.</summary>
internal sealed class TempLostException : Exception;
