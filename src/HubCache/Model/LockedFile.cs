namespace HubCache;

/// <summary>What one file of a repo has to be: its length and its hash.</summary>
/// <param name="Name">The path in the repo.</param>
/// <param name="Length">Bytes.</param>
/// <param name="ETag">The SHA-256 of an LFS file, the git SHA-1 of any other.</param>
public sealed record LockedFile(HubFileName Name, long Length, ETag ETag);
