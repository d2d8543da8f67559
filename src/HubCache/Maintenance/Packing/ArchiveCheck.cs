using HubCache.Blobs;
using HubCache.Names;

namespace HubCache.Maintenance.Packing;

/// <summary>Reads an archive for its hashes alone. Writes nothing.</summary>
internal sealed class ArchiveCheck(ImportTarget target) : IArchiveVisitor
{
    public BlobWriter? Begin(PackedRepo repo, LockedFile blob) => null;

    public void End(PackedRepo repo, LockedFile blob, BlobWriter? writer)
    {
        if (!target.HasBlob(repo, blob))
        {
            target.Lacks(repo, blob);
        }
    }

    public void Tree(PackedRepo repo, IReadOnlyList<TreeEntry> entries)
    {
    }
}
