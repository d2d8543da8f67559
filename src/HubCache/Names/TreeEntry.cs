namespace HubCache.Names;

/// <summary>What the tree of a commit says of one file.</summary>
/// <param name="Path">The path as it came, not checked: it is no path for a disk before <see cref="HubFileName.Parse(string)"/> took
/// it.</param>
/// <param name="BlobId">The git object, 40 digits: the file itself, or the pointer to an LFS file.</param>
/// <param name="Size">Bytes of the file, or what a client made of it.</param>
/// <param name="LfsSha256">The SHA-256 of an LFS file, 64 digits; null for any other.</param>
/// <param name="LfsSize">Bytes of an LFS file; null for any other.</param>
/// <param name="XetHash">The hash by which Xet storage knows the file, 64 hex digits; null where it does not.</param>
internal sealed record TreeEntry(string Path, ETag BlobId, long Size, ETag? LfsSha256, long? LfsSize, string? XetHash)
{
    /// <summary>The blob's name and hash.</summary>
    public ETag ETag => LfsSha256 ?? BlobId;

    /// <summary>Bytes.</summary>
    public long Length => LfsSize ?? Size;

    /// <summary>Whether a text can be a Xet hash. Clients refuse a whole tree for one that cannot.</summary>
    public static bool IsXetHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);
}
