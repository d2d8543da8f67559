namespace HubCache.Platform;

internal enum FileKind
{
    File,
    Folder,
    Link,
    Other,
}

/// <summary>What the file system says of a file.</summary>
/// <param name="Kind">What it is; a link only when the link itself was looked at.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">Modification time by the file system's clock, UTC.</param>
/// <param name="Accessed">Access time by the file system's clock, UTC.</param>
/// <param name="Identity">The same for two names of one file.</param>
/// <param name="Owner">The numeric user, or null on Windows.</param>
/// <param name="Links">How many names the file has: its bytes come free with the last. 1 where the system does not say.</param>
internal readonly record struct FileFacts(
    FileKind Kind, long Length, DateTime Modified, DateTime Accessed, FileIdentity Identity, uint? Owner, uint Links = 1)
{
    /// <summary>
    /// The permission bits with set-user, set-group and sticky, as <c>chmod</c> takes them; null where the system has none.
    /// </summary>
    public int? Mode { get; init; }

    /// <summary>What stands for the file in a list that has each once: its identity, or its name where that is unknown.</summary>
    public string KeyOr(string path) => Identity.IsKnown ? Identity.ToString() : path;
}
