using HubCache.Names;

namespace HubCache.Maintenance.Packing;

/// <summary>What an archive holds of one repo at one commit.</summary>
/// <param name="Locked">The files.</param>
/// <param name="Refs">The branches and tags that stand for the commit.</param>
/// <param name="Tree">The list of all files of the commit; null when the archive has none.</param>
internal sealed record PackedRepo(LockedRepo Locked, IReadOnlyList<Revision> Refs, PackedTree? Tree)
{
    /// <summary>Where it lies in a cache.</summary>
    public RepoPaths FolderIn(string cachePath) => new(cachePath, Locked.RepoType, Locked.RepoId);

    /// <summary>The first file of which a tree says something else, or nothing; null when there is none.</summary>
    public string? Contradiction(IReadOnlyList<TreeEntry> tree)
    {
        Dictionary<string, TreeEntry> entries = tree.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        return Locked.Files.FirstOrDefault(file => entries.GetValueOrDefault(file.Name.Value) is not TreeEntry entry
            || entry.ETag != file.ETag
            || entry.Length != file.Length)?.Name.Value;
    }
}

/// <summary>The tree file of a commit.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Its hash, in 64 lower-case hex digits.</param>
internal sealed record PackedTree(long Length, string Sha256);
