using HubCache.Blobs;
using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Resolving;
using HubCache.Store;

namespace HubCache.Maintenance.Packing;

/// <summary>A cache that takes an archive in: what it has of it, and how its files get their names.</summary>
internal sealed class ImportTarget
{
    private readonly Disk _disk;
    private readonly string _cachePath;
    private readonly IReadOnlyList<PackedRepo> _repos;
    private readonly FolderFlush _flush;
    private readonly bool _withoutSymbolicLinks;
    private readonly Dictionary<(string Folder, ETag ETag), long> _written = [];
    private readonly Dictionary<(PackedRepo Repo, Revision Ref), CommitHash?> _seenBefore;

    public ImportTarget(Disk disk, string cachePath, IReadOnlyList<PackedRepo> repos, bool withoutSymbolicLinks)
    {
        (_disk, _cachePath, _repos, _withoutSymbolicLinks) = (disk, cachePath, repos, withoutSymbolicLinks);
        _flush = new FolderFlush(disk);

        // Read now, to be moved in the end only if no other process has moved it.
        _seenBefore =
            repos.SelectMany(repo => repo.Refs.Select(name => (repo, name))).ToDictionary(item => item, item => Seen(item.repo, item.name));
    }

    private CommitHash? Seen(PackedRepo repo, Revision name) => new RefFile(_disk, Folder(repo), name).Look() switch
    {
        RefContent.Present present => present.Commit,
        RefContent.Unreadable unreadable => throw DiskErrors.Unreadable(unreadable.Error),
        _ => null,
    };

    public RepoPaths Folder(PackedRepo repo) => repo.FolderIn(_cachePath);

    public BlobPlace PlaceOf(PackedRepo repo) => new(_disk, Folder(repo), _flush);

    /// <summary>Whether the cache has the blob, by its length.</summary>
    public bool HasBlob(PackedRepo repo, LockedFile blob) => new CacheLookup(_disk, Folder(repo)).HasBlob(blob.ETag, blob.Length);

    /// <summary>Whether the cache has the blob, by its bytes.</summary>
    public bool HasRightBlob(PackedRepo repo, LockedFile blob, CancellationToken cancellationToken)
    {
        try
        {
            // Opened through the shared store's link, if it is one.
            return HasBlob(repo, blob)
                && BlobHash.IsOf(_disk, Folder(repo).Blob(blob.ETag), followLink: true, blob.ETag, blob.Length, cancellationToken);
        }
        catch (DiskException)
        {
            // What cannot be read is put there anew.
            return false;
        }
    }

    /// <summary>Notes that the cache does not have a blob's bytes.</summary>
    public void Lacks(PackedRepo repo, LockedFile blob) => _written[(Folder(repo).FolderName, blob.ETag)] = blob.Length;

    /// <summary>Refuses what this cache cannot take in, before anything is read or written for it.</summary>
    /// <exception cref="HubCacheException">See <see cref="CacheImport.Check"/>.</exception>
    public void Check(string archivePath)
    {
        long needed = 0;
        foreach (PackedRepo repo in _repos)
        {
            CheckNames(repo, mayWrite: false);
            foreach (Revision revision in repo.Refs.DefaultIfEmpty(repo.Locked.Revision))
            {
                PlaceCheck.Check(_disk, Folder(repo), revision, repo.Locked.Commit, repo.Locked.Files.Select(file => file.Name));
            }

            if (new TreeFile(_disk, Folder(repo), repo.Locked.Commit).Read() is IReadOnlyList<TreeEntry> tree
                && repo.Contradiction(tree) is string file)
            {
                throw PackingErrors.BadArchive(
                    archivePath,
                    $"says something else of '{file}' than the cache's own list of the files of {repo.Locked.RepoId} at "
                        + $"{repo.Locked.Commit}");
            }
        }

        foreach ((PackedRepo repo, LockedFile blob) in _repos
            .SelectMany(repo => repo.Locked.Files.Select(file => (repo, file)))
            .DistinctBy(item => (Folder(item.repo).FolderName, item.file.ETag)))
        {
            needed += HasBlob(repo, blob) ? 0 : Math.Min(blob.Length, long.MaxValue - needed);
        }

        PackingRoom.Check(_disk, _cachePath, needed);
    }

    /// <summary>Refuses names that the cache's file system cannot have: tried with temps, before a blob is written.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidFileName"/>.</exception>
    public void TryNames()
    {
        foreach (PackedRepo repo in _repos)
        {
            CheckNames(repo, mayWrite: true);
        }
    }

    /// <summary>Writes the tree of a commit, if the cache has none.</summary>
    public void KeepTree(PackedRepo repo, IReadOnlyList<TreeEntry> entries)
    {
        var file = new TreeFile(_disk, Folder(repo), repo.Locked.Commit);
        if (file.Read() is null)
        {
            file.Write(entries);
        }
    }

    /// <summary>Gives the files of each repo their names, looks whether all are there, and moves the refs.</summary>
    /// <exception cref="DiskException">The disk failed.</exception>
    public void Link(CancellationToken cancellationToken)
    {
        foreach (PackedRepo repo in _repos)
        {
            Link(repo, cancellationToken);
            foreach (Revision name in repo.Refs)
            {
                new RefFile(_disk, Folder(repo), name).Move(repo.Locked.Commit, _seenBefore[(repo, name)]);
            }
        }
    }

    public IReadOnlyList<ImportedCache> Outcomes()
    {
        return [.. _repos.Select(repo => new ImportedCache
        {
            RepoId = repo.Locked.RepoId.Value,
            RepoType = repo.Locked.RepoType.ToString(),
            CachePath = _cachePath,
            Revision = repo.Refs.Count > 0 ? repo.Refs[0].Value : repo.Locked.Commit.Value,
            CommitHash = repo.Locked.Commit.Value,
            FileCount = repo.Locked.Files.Count,
            Size = repo.Locked.Size,
            BytesWritten = repo.Locked.Files
                .DistinctBy(file => file.ETag)
                .Sum(file => _written.GetValueOrDefault((Folder(repo).FolderName, file.ETag))),
            FullName = Folder(repo).Snapshot(repo.Locked.Commit),
        })];
    }

    /// <summary>Gives the files of a repo their names; those that were made are taken back if one fails.</summary>
    private void Link(PackedRepo repo, CancellationToken cancellationToken)
    {
        var link = new SnapshotLink(_disk, Folder(repo), _flush, _withoutSymbolicLinks);
        var made = new List<HubFileName>();
        try
        {
            foreach (LockedFile file in repo.Locked.Files)
            {
                cancellationToken.ThrowIfCancellationRequested();
                RefuseLinkedFolders(repo, file.Name);
                if (link.Ensure(repo.Locked.Commit, file.Name, file.ETag, replaceCopy: true))
                {
                    made.Add(file.Name);
                }
            }

            CheckLinks(repo);
        }
        catch
        {
            made.ForEach(name => link.Remove(repo.Locked.Commit, name));
            throw;
        }
    }

    private void CheckNames(PackedRepo repo, bool mayWrite)
    {
        LockedRepo locked = repo.Locked;
        FileState[] states = [.. locked.Files.Select(file => new FileState(
            file.Name) { Commit = locked.Commit, Metadata = new FileMetadata(locked.Commit, file.ETag, file.Length, Location: null) })];
        var request = new DownloadRequest { RepoId = locked.RepoId, RepoType = locked.RepoType, Revision = locked.Revision };
        new NameCheck(_disk, Folder(repo), request).Check(states, mayWrite);
        if (Array.Find(states, state => state.Error is not null) is { Error: HubCacheException error })
        {
            throw error;
        }
    }

    // A snapshot's folders are made by clients, as real ones. A link among them would carry what is made behind it elsewhere.
    private void RefuseLinkedFolders(PackedRepo repo, HubFileName name)
    {
        string folder = Folder(repo).Snapshot(repo.Locked.Commit);
        foreach (string segment in name.Segments)
        {
            if (_disk.Look(folder) is { Kind: FileKind.Link })
            {
                throw new DiskException(DiskError.LinkRefused, "open", folder, "a link lies where a folder of a snapshot has to be");
            }

            folder = Path.Combine(folder, segment);
        }
    }

    private void CheckLinks(PackedRepo repo)
    {
        var lookup = new CacheLookup(_disk, Folder(repo));
        if (repo.Locked.Files.FirstOrDefault(file => lookup.Find(repo.Locked.Commit, file.Name) is not CacheHit hit
            || hit.Length != file.Length
            || (hit.ETag ?? file.ETag) != file.ETag) is LockedFile lost)
        {
            throw new DiskException(
                DiskError.NotFound,
                "open",
                Folder(repo).SnapshotFile(repo.Locked.Commit, lost.Name),
                "another tool removed it while the archive was taken in");
        }
    }
}
