namespace HubCache;

/// <summary>
/// A folder in which the files of a request are laid out as real files, beside the cache and under their names in the repo.
/// </summary>
/// <param name="FullName">The folder, absolute. It need not exist; it must not lie in the cache.</param>
/// <param name="HardLink">
/// Whether the files shall be hard links to the cache's, where that is possible: they need no room, and a program that changes one in
/// place changes the cache's. Otherwise they share the bytes copy-on-write, or are copies.
/// </param>
public sealed record DestinationFolder(string FullName, bool HardLink = false);
