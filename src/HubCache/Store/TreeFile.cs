using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Store;

/// <summary>The file under <c>trees/</c> that holds the tree of a commit: it never changes, so it is asked for once.</summary>
internal sealed class TreeFile(Disk disk, RepoPaths folder, CommitHash commit)
{
    // The tree of a repo with a million files.
    private const int LongestTree = 512 << 20;

    private readonly string _path = folder.Tree(commit);

    /// <summary>
    /// The files of the commit, in the order of their paths; null when there is no file, or none that can be trusted to be whole.
    /// </summary>
    /// <exception cref="DiskException">There may be one, and it cannot be read.</exception>
    public IReadOnlyList<TreeEntry>? Read() => Text() is ReadOnlyMemory<byte> text ? TreeJson.Read(text) : null;

    /// <summary>The version of a listing in a form that only other clients know; null when it is none, or of ours.</summary>
    /// <exception cref="DiskException">There may be one, and it cannot be read.</exception>
    public int? ReadVersion() => Text() is ReadOnlyMemory<byte> text ? TreeJson.UnknownVersion(text) : null;

    private ReadOnlyMemory<byte>? Text()
    {
        try
        {
            return WholeFile.Read(disk, _path, LongestTree, followLink: true);
        }
        catch (DiskException e) when (e.Error is DiskError.NotFound or DiskError.NotAFolder or DiskError.IsAFolder or DiskError.LinkRefused)
        {
            return null;
        }
    }

    /// <summary>Writes the file, over whatever is there.</summary>
    /// <exception cref="DiskException">It was not written; or it was and may not survive a power cut, which then costs one
    /// request.</exception>
    public void Write(IReadOnlyList<TreeEntry> entries)
    {
        // The temp lies in blobs/, where every client's clean-up looks for such files.
        RepoSkeleton.Ensure(disk, folder);
        FolderMaker.Ensure(disk, folder.Trees);
        using Temp temp = Temp.Create(disk, folder.Blobs, "tree");
        temp.Append(TreeJson.Write(entries));
        temp.Flush();
        temp.RenameTo(_path);
        disk.FlushFolder(folder.Trees);
    }
}
