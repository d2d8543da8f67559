using HubCache.Blobs;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Maintenance.Packing;

/// <summary>Publishes the blobs of an archive that the cache does not have, each under its hash as soon as that was found right.</summary>
internal sealed class ArchiveUnpacking(Disk disk, ImportTarget target, CancellationToken cancellationToken) : IArchiveVisitor
{
    public BlobWriter? Begin(PackedRepo repo, LockedFile blob)
    {
        if (target.HasRightBlob(repo, blob, cancellationToken))
        {
            return null;
        }

        Temp temp = Temp.CreateForBlob(disk, target.Folder(repo), blob.ETag);
        try
        {
            temp.Reserve(blob.Length);
            return new BlobWriter(temp, blob.ETag, blob.Length);
        }
        catch
        {
            temp.Dispose();
            throw;
        }
    }

    public void End(PackedRepo repo, LockedFile blob, BlobWriter? writer)
    {
        BlobPlace place = target.PlaceOf(repo);
        if (writer is null)
        {
            place.FlushIfYoung(blob.ETag);
        }
        else
        {
            try
            {
                writer.Commit(place);
            }
            catch (TempLostException)
            {
                throw new DiskException(
                    DiskError.NotFound,
                    "rename",
                    target.Folder(repo).Blob(blob.ETag),
                    "another tool removed the temporary file again and again");
            }

            target.Lacks(repo, blob);
        }
    }

    public void Tree(PackedRepo repo, IReadOnlyList<TreeEntry> entries) => target.KeepTree(repo, entries);
}
