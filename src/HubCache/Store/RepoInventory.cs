using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Store;

/// <summary>A file in <c>refs/</c>; the commit is null when it holds none.</summary>
internal sealed record RefEntry(string Name, string FullName, CommitHash? Commit);

/// <summary>A file in <c>blobs/</c>: itself, and what it leads to when it is a link (null when that leads nowhere).</summary>
internal sealed record BlobEntry(string FullName, FileFacts Own, FileFacts? Target)
{
    public string Name => Path.GetFileName(FullName);

    /// <summary>What stands for its bytes, whatever name they are reached by.</summary>
    public string Key => Target?.KeyOr(FullName) ?? FullName;
}

/// <summary>A name in a snapshot.</summary>
/// <param name="Name">The path in the repo, with '/'.</param>
/// <param name="FullName">Where it lies.</param>
/// <param name="Own">The entry itself.</param>
/// <param name="Blob">The blob that it stands for, by link or by hard link; null for a copy, and for whatever else.</param>
internal sealed record SnapshotEntry(string Name, string FullName, FileFacts Own, BlobEntry? Blob);

/// <summary>A snapshot. One that is a link itself has neither entries nor folders: nothing behind it is the cache's.</summary>
internal sealed record SnapshotInventory(
    CommitHash Commit, string FullName, FileFacts Own, IReadOnlyList<SnapshotEntry> Entries, IReadOnlyList<string> Folders);

/// <summary>
/// All of a repo that a removal has to know. Unlike a scan for people it fails on what it cannot read: a link that was not seen would cost
/// a blob.
/// </summary>
internal sealed class RepoInventory
{
    private RepoInventory(RepoPaths folder) => Folder = folder;

    public RepoPaths Folder { get; }

    public IReadOnlyList<RefEntry> Refs { get; private set; } = [];

    public IReadOnlyList<SnapshotInventory> Snapshots { get; private set; } = [];

    public IReadOnlyList<BlobEntry> Blobs { get; private set; } = [];

    /// <summary>Which of the repo's own folders is a link; null when none is.</summary>
    public string? Linked { get; private set; }

    /// <summary>Blobs that no snapshot refers to.</summary>
    public IEnumerable<BlobEntry> Orphans()
    {
        HashSet<string> used = Referenced();
        return Blobs.Where(blob => ETag.TryParse(blob.Name) is not null && !used.Contains(blob.FullName));
    }

    /// <summary>The paths of the blobs that snapshots refer to.</summary>
    public HashSet<string> Referenced()
        => Snapshots
            .SelectMany(snapshot => snapshot.Entries)
            .Where(entry => entry.Blob is not null)
            .Select(entry => entry.Blob!.FullName)
            .ToHashSet(StringComparer.Ordinal);

    public SnapshotInventory? Snapshot(CommitHash commit) => Snapshots.FirstOrDefault(snapshot => snapshot.Commit == commit);

    /// <summary>Reads a repo; null when it is not there.</summary>
    /// <exception cref="DiskException">Something of it cannot be read.</exception>
    public static RepoInventory? Read(Disk disk, RepoPaths folder, CancellationToken cancellationToken)
    {
        if (disk.Look(folder.FullName) is not FileFacts facts)
        {
            return null;
        }

        var inventory = new RepoInventory(folder);
        inventory.Linked = new[] { folder.FullName, folder.Refs, folder.Snapshots, folder.Blobs }.FirstOrDefault(
            path => disk.Look(path) is { Kind: not FileKind.Folder });
        if (facts.Kind == FileKind.Folder)
        {
            // A download writes blob, link, ref. Read the other way round, what is referred to is there.
            var reading = new Reading(disk, folder, cancellationToken);
            inventory.Refs = reading.Refs();
            List<Found> found = reading.Snapshots();
            inventory.Blobs = reading.Blobs();
            inventory.Snapshots = reading.Join(found, inventory.Blobs);
        }

        return inventory;
    }

    /// <summary>Reads the refs alone.</summary>
    /// <exception cref="DiskException">They cannot be read.</exception>
    public static IReadOnlyList<RefEntry> ReadRefs(Disk disk, RepoPaths folder, CancellationToken cancellationToken)
        => new Reading(disk, folder, cancellationToken).Refs();

    /// <summary>A snapshot as it lies there, before its names are joined with the blobs.</summary>
    private sealed record Found(
        CommitHash Commit, string Path, FileFacts Own, List<(string Path, FileFacts Own)> Files, List<string> Folders);

    private sealed class Reading(Disk disk, RepoPaths folder, CancellationToken cancellationToken)
    {
        public IReadOnlyList<RefEntry> Refs()
        {
            var leftovers = new PartialFileNames(disk, folder) { FailsOnUnreadable = true };
            return
            [
                .. Walk(folder.Refs).Files
                    .Where(file => leftovers.At(file.Path) is null && Path.GetFileName(file.Path) != ".DS_Store")
                    .Select(file => (Name: Inside(folder.Refs, file.Path), file.Path))
                    .Select(file => new RefEntry(file.Name, file.Path, CommitOf(file.Name))),
            ];
        }

        public List<Found> Snapshots()
        {
            var snapshots = new List<Found>();
            foreach (string path in IsFolder(folder.Snapshots) ? Entries(folder.Snapshots) : [])
            {
                string name = Path.GetFileName(path);
                if (CommitHash.TryParse(name) is CommitHash commit
                    && commit.Value == name
                    && disk.Look(path) is { Kind: FileKind.Folder or FileKind.Link } own)
                {
                    (List<(string Path, FileFacts Own)> files, List<string> folders) = Walk(path);
                    snapshots.Add(new Found(commit, path, own, files, folders));
                }
            }

            return snapshots;
        }

        public IReadOnlyList<BlobEntry> Blobs()
        {
            return
            [
                .. (IsFolder(folder.Blobs) ? Entries(folder.Blobs) : [])
                    .Where(path => !PartialFileNames.IsNameInBlobs(Path.GetFileName(path)))
                    .Select(path => (Path: path, Own: disk.Look(path)))
                    .Where(blob => blob.Own is { Kind: FileKind.File or FileKind.Link })
                    .Select(blob => new BlobEntry(
                        blob.Path, blob.Own!.Value, blob.Own.Value.Kind == FileKind.File ? blob.Own : disk.LookThrough(blob.Path))),
            ];
        }

        public IReadOnlyList<SnapshotInventory> Join(List<Found> found, IReadOnlyList<BlobEntry> blobs)
        {
            Dictionary<string, BlobEntry> byPath = blobs.ToDictionary(blob => blob.FullName, StringComparer.Ordinal);
            ILookup<string, BlobEntry> byKey = blobs.ToLookup(blob => blob.Key, StringComparer.Ordinal);
            return
            [
                .. found.Select(snapshot => new SnapshotInventory(
                    snapshot.Commit,
                    snapshot.Path,
                    snapshot.Own,
                    [.. snapshot.Files.Select(
                        file => new SnapshotEntry(Inside(snapshot.Path, file.Path), file.Path, file.Own, BlobOf(file.Path, file.Own)))],
                    snapshot.Folders)),
            ];

            BlobEntry? BlobOf(string path, FileFacts own)
            {
                if (own.Kind == FileKind.Link && disk.ReadLink(path) is string target
                    && byPath.TryGetValue(Path.GetFullPath(target, Path.GetDirectoryName(path)!), out BlobEntry? named))
                {
                    return named;
                }

                // A hard link, or a link that reaches the cache by another name.
                FileFacts? facts = own.Kind == FileKind.Link ? disk.LookThrough(path) : own;
                return facts is { Kind: FileKind.File, Identity.IsKnown: true } file
                    ? byKey[file.Identity.ToString()].FirstOrDefault()
                    : null;
            }
        }

        /// <summary>The files and links below a folder, and its folders, deepest last. Links are not followed.</summary>
        private (List<(string Path, FileFacts Own)> Files, List<string> Folders) Walk(string root)
        {
            (List<(string, FileFacts)> files, List<string> folders) = ([], []);
            var open = new Stack<string>(IsFolder(root) ? [root] : []);
            while (open.TryPop(out string? parent))
            {
                folders.Add(parent);
                foreach (string path in Entries(parent))
                {
                    FileFacts? own = disk.Look(path);
                    if (own is { Kind: FileKind.Folder })
                    {
                        open.Push(path);
                    }
                    else if (own is FileFacts facts)
                    {
                        files.Add((path, facts));
                    }
                }
            }

            return (files, folders);
        }

        private IEnumerable<string> Entries(string parent)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // NFS keeps a removed file under such a name while a process has it open.
            return disk
                .List(parent)
                .Where(name => !name.StartsWith(".nfs", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => Path.Combine(parent, name));
        }

        private bool IsFolder(string path) => disk.Look(path) is { Kind: FileKind.Folder };

        private CommitHash? CommitOf(string name)
        {
            try
            {
                return new RefFile(disk, folder, Revision.Parse(name)).Read();
            }
            catch (HubCacheException)
            {
                return null;
            }
        }

        private static string Inside(string root, string path)
            => Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/');
    }
}
