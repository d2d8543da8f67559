namespace HubCache;

/// <summary>A file in the cache, ready to be used.</summary>
public sealed class CachedFile
{
    /// <summary>The repo id.</summary>
    public required string RepoId { get; init; }

    /// <summary>The repo type: <c>Model</c>, <c>Dataset</c>, <c>Space</c> or <c>Kernel</c>.</summary>
    public required string RepoType { get; init; }

    /// <summary>The revision that was asked for.</summary>
    public required string Revision { get; init; }

    /// <summary>The commit that the file is from.</summary>
    public required string CommitHash { get; init; }

    /// <summary>The path in the repo, with '/'.</summary>
    public required string FileName { get; init; }

    /// <summary>Where the file is: its name in the snapshot.</summary>
    public required string FullName { get; init; }

    /// <summary>The folder of the snapshot that the file is in: what a program is given that loads a whole model.</summary>
    public required string SnapshotPath { get; init; }

    /// <summary>The file with the bytes, to which the name in the snapshot leads.</summary>
    public required string BlobPath { get; init; }

    /// <summary>Where the file was laid out: the full path. Null when no destination was asked for.</summary>
    public string? Destination { get; init; }

    /// <summary>
    /// The path in the destination, with '/', when its file system cannot have the file's own name; null when it has that, or nothing was
    /// laid out.
    /// </summary>
    public string? SubstituteName { get; init; }

    /// <summary>Bytes.</summary>
    public required long Length { get; init; }

    /// <summary>
    /// The etag: the SHA-256 of an LFS file, the git SHA-1 of any other. Null for a copy of a client without links, found offline.
    /// </summary>
    public required string? ETag { get; init; }

    /// <summary><c>Downloaded</c>, <c>Resumed</c> or <c>Cache</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Bytes of the file that came over the network in this call, repeated ones included.</summary>
    public required long BytesDownloaded { get; init; }

    /// <summary>
    /// Bytes of the file that did not have to come: this disk had them, in another file of the cache or at another place of this one.
    /// </summary>
    public required long BytesReused { get; init; }

    /// <summary>
    /// What was checked in this call: <c>Sha256</c>, <c>GitSha1</c>, or <c>Size</c> for a hit that another process wrote.
    /// </summary>
    public required string Verification { get; init; }

    /// <summary><see cref="FullName"/>: what a program is given that opens the file.</summary>
    public override string ToString() => FullName;
}
