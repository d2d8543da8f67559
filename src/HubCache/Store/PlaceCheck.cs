using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Store;

/// <summary>
/// Looks for links that lead out of a repo's folder, before the first byte is written: each write refuses them on its own, but only when it
/// comes to it.
/// </summary>
internal static class PlaceCheck
{
    /// <summary>Throws when a link that is not followed stands where files of a commit are to be written.</summary>
    /// <param name="disk">The file operations, within the cache's boundary.</param>
    /// <param name="folder">The repo.</param>
    /// <param name="revision">A ref that may be moved, or a commit.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="files">The files.</param>
    /// <exception cref="DiskException"><see cref="DiskError.LinkedFolder"/>.</exception>
    public static void Check(Disk disk, RepoPaths folder, Revision revision, CommitHash commit, IEnumerable<HubFileName> files)
    {
        IEnumerable<string> ofFiles = files.Select(file => Path.GetDirectoryName(folder.SnapshotFile(commit, file))!);
        string refs = revision.Commit is null ? Path.GetDirectoryName(folder.Ref(revision))! : folder.Refs;
        foreach (string place in ofFiles
            .Prepend(folder.NoExistOf(commit))
            .Prepend(folder.Trees)
            .Prepend(refs)
            .Prepend(folder.Locks)
            .Prepend(folder.Blobs)
            .Distinct())
        {
            disk.Reach(place);
        }
    }
}
