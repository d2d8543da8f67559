using HubCache.Platform;

namespace HubCache.Store;

/// <summary>Which links are followed where something is written. People put a cache, a repo's folder or its <c>blobs/</c> on another disk
/// and leave a link in its place; clients make all other folders, so that a link among them is nobody's wish.</summary>
internal static class CacheBoundary
{
    /// <summary>For downloads and imports: links that this user or root owns are followed where people put them.</summary>
    public static Boundary ForSaving(string cachePath) => new(cachePath, reached => IsOnAnotherDisk(reached));

    /// <summary>For whatever removes, sets aside, repairs or changes modes: no link is followed.</summary>
    public static Boundary ForCare(string cachePath) => new(cachePath, _ => false) { GuardsLists = true };

    /// <summary>For a folder that the user named: the folder may be a link that this user or root owns; nothing in it may be one.</summary>
    public static Boundary OfFolder(string folder) => new(folder, reached => reached.Count == 0);

    private static bool IsOnAnotherDisk(ArraySegment<string> reached)
        => reached.Count == 0 || (IsRepo(reached[0]) && (reached.Count == 1 || (reached.Count == 2 && reached[1] == "blobs")));

    private static bool IsRepo(string name) => name[0] != '.' && name.Contains("--", StringComparison.Ordinal);
}
