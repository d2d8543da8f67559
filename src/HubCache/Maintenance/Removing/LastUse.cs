using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Removing;

/// <summary>When something of a cache was last read or written: the times of its blobs, which Get-HubCache shows too.</summary>
internal static class LastUse
{
    public static DateTime Of(SnapshotInventory snapshot)
    {
        return snapshot.Entries
            .Select(entry => entry.Own.Kind == FileKind.File ? entry.Own : entry.Blob?.Target)
            .Where(facts => facts is not null)
            .Select(facts => Of(facts!.Value))
            .DefaultIfEmpty(snapshot.Own.Modified)
            .Max();
    }

    public static DateTime Of(BlobEntry blob) => Of(blob.Target ?? blob.Own);

    private static DateTime Of(FileFacts facts) => facts.Accessed > facts.Modified ? facts.Accessed : facts.Modified;
}
