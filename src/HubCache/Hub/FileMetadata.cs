using HubCache.Names;

namespace HubCache.Hub;

/// <summary>What the Hub says of a file, checked.</summary>
/// <param name="Commit">The commit that the revision stands for.</param>
/// <param name="ETag">The blob's name and hash.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Location">Where the Hub sent us for the bytes, on another origin; null when the Hub serves them itself.</param>
/// <param name="Xet">The hash by which Xet knows it; null when it is not there, or the Hub does not say.</param>
internal sealed record FileMetadata(CommitHash Commit, ETag ETag, long Length, Uri? Location, XetHash? Xet = null);
