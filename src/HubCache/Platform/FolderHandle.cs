namespace HubCache.Platform;

/// <summary>
/// A folder held open, which no link can stand in for from then on. It is reached part by part from a <see cref="Boundary"/>, and
/// nothing below one is written, renamed, removed or linked but by the handle of its folder.
/// </summary>
/// <remarks>It is opened for one operation and closed with it, so there are never more than two for each thread that writes.
/// Servers of SMB and NFS resolve names on their own: what is exchanged on the server itself is not seen from here.</remarks>
internal abstract class FolderHandle : IDisposable
{
    /// <summary>Opens a folder within a boundary.</summary>
    /// <param name="boundary">The boundary.</param>
    /// <param name="fullPath">The boundary's root, or a folder below it.</param>
    /// <param name="openAbove">Opens the folder that the root lies in, links followed: what lies above is for whoever gave the
    /// path.</param>
    /// <exception cref="DiskException"><see cref="DiskError.LinkedFolder"/>: a link stands in for a folder, and is not followed here.
    /// <see cref="DiskError.NotFound"/>: a folder is missing.</exception>
    public static FolderHandle Open(Boundary boundary, string fullPath, Func<string, FolderHandle> openAbove)
    {
        string? above = Path.GetDirectoryName(boundary.Root);
        FolderHandle folder = openAbove(above ?? boundary.Root);
        try
        {
            string[] names = boundary.NamesTo(fullPath);
            string path = boundary.Root;
            if (above is not null)
            {
                folder = folder.Enter(Path.GetFileName(path), path, boundary, ArraySegment<string>.Empty);
            }

            for (int depth = 0; depth < names.Length; depth++)
            {
                path = Path.Combine(path, names[depth]);
                folder = folder.Enter(names[depth], path, boundary, new ArraySegment<string>(names, 0, depth + 1));
            }

            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public abstract void Dispose();

    /// <summary>Opens a folder in this one, which then belongs to the new handle. When it throws, this one stays as it is.</summary>
    /// <param name="name">The folder's name.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <param name="boundary">Says whether a link is followed.</param>
    /// <param name="reached">The names from the boundary's root to the folder.</param>
    protected abstract FolderHandle Enter(string name, string path, Boundary boundary, ArraySegment<string> reached);

    /// <summary>The error for a link where a folder has to be.</summary>
    protected static DiskException Refused(string path, string? target, bool isOwn, bool isRoot)
        => new(
            DiskError.LinkedFolder,
            "open",
            path,
            $"it is a link{(isOwn ? string.Empty : " of another user")}{(target is null ? string.Empty : $" to '{target}'")}, where a "
                + $"folder has to be")
        {
            LinkTarget = target is null ? null : Path.GetFullPath(target, Path.GetDirectoryName(path)!),
            IsRoot = isRoot,
        };
}
