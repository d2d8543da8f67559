using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Removing;

/// <summary>Who holds which bytes of a cache, each file counted once: says how many come free when somebody lets go.</summary>
internal sealed class ByteLedger(SharedStore store, IReadOnlySet<string> repoFolders)
{
    private readonly Dictionary<string, Item> _items = new(StringComparer.Ordinal);

    /// <summary>Takes a repo in: its snapshots' names hold their blobs, and what nothing refers to holds itself.</summary>
    public void Add(RepoInventory repo)
    {
        foreach (BlobEntry blob in repo.Blobs)
        {
            Item item = Named(blob.Key, blob.Target);
            item.Names += blob.Own.Kind == FileKind.File ? 1u : 0;
            if (blob.Own.Kind == FileKind.Link)
            {
                AddLink(item, blob);
            }
        }

        foreach (SnapshotEntry entry in repo.Snapshots.SelectMany(snapshot => snapshot.Entries))
        {
            Hold(entry);
        }

        foreach (BlobEntry orphan in repo.Orphans())
        {
            _items[orphan.Key].Holders.Add(orphan);
        }
    }

    /// <summary>The bytes of the files that these hold, each once.</summary>
    public long Sum(IEnumerable<object> holders) => holders.Select(KeyOf).OfType<string>().Distinct().Sum(key => _items[key].Length);

    /// <summary>Removes holders, and returns the bytes that no holder is left for.</summary>
    public long Release(IEnumerable<object> holders)
    {
        long freed = 0;
        foreach (object holder in holders)
        {
            if (KeyOf(holder) is string key
                && _items[key] is Item item
                && item.Holders.Remove(holder)
                && item.Holders.Count == 0
                && !item.IsPinned
                && item.Links <= item.Names)
            {
                freed += item.Length;
            }
        }

        return freed;
    }

    private void Hold(SnapshotEntry entry)
    {
        if (KeyOf(entry) is string key)
        {
            Item item = Named(key, entry.Own.Kind == FileKind.File ? entry.Own : entry.Blob?.Target);
            item.Names += entry.Own.Kind == FileKind.File ? 1u : 0;
            item.Holders.Add(entry);
        }
    }

    /// <summary>
    /// A file of the shared store is held by the other repos that its manifest names, and for good when that cannot be told. Anything else
    /// behind a link is not the cache's to free.
    /// </summary>
    private void AddLink(Item item, BlobEntry blob)
    {
        if (TargetOf(blob) is not string target || !store.IsThere || store.References(target) is not { } references)
        {
            item.IsPinned = true;
            return;
        }

        item.Names = Math.Max(item.Names, 1);
        foreach (string other in references.Where(other => !repoFolders.Contains(Path.GetDirectoryName(Path.GetDirectoryName(other))!)))
        {
            item.Holders.Add(other);
        }
    }

    private string? TargetOf(BlobEntry blob)
    {
        try
        {
            return store.Target(blob.FullName);
        }
        catch (DiskException)
        {
            return null;
        }
    }

    private Item Named(string key, FileFacts? facts)
    {
        if (!_items.TryGetValue(key, out Item? item))
        {
            _items.Add(key, item = new Item { Length = facts?.Length ?? 0, Links = facts?.Links ?? 1 });
        }

        return item;
    }

    private static string? KeyOf(object holder) => holder switch
    {
        BlobEntry orphan => orphan.Key,
        SnapshotEntry { Own: { Kind: FileKind.File, Identity.IsKnown: true } own } => own.Identity.ToString(),
        SnapshotEntry { Blob: BlobEntry blob } => blob.Key,
        SnapshotEntry { Own.Kind: FileKind.File } copy => copy.FullName,
        _ => null,
    };

    private sealed class Item
    {
        public required long Length { get; init; }

        public required uint Links { get; init; }

        public uint Names { get; set; }

        public bool IsPinned { get; set; }

        public HashSet<object> Holders { get; } = [];
    }
}
