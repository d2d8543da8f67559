namespace HubCache.Platform.Unix;

/// <summary>Where a file lies: a folder, held open as long as the place is, and the name in it.</summary>
internal readonly record struct UnixPlace(UnixFolderHandle Folder, string Name) : IDisposable
{
    /// <summary>The place that a path names, resolved as the system does.</summary>
    public static UnixPlace Of(string path) => new(UnixFolderHandle.OfPaths, path);

    public void Dispose()
    {
        if (Folder != UnixFolderHandle.OfPaths)
        {
            Folder.Dispose();
        }
    }
}
