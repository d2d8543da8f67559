using HubCache.Model;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;
using HubCache.Xet;

namespace HubCache.Maintenance;

/// <summary>Reads one repo of a cache from its refs to its blobs.</summary>
internal sealed class RepoScan(Disk disk, RepoPaths folder, CancellationToken cancellationToken)
{
    private readonly RepoReader _reader = new(disk, folder, cancellationToken);
    private readonly FileTally _files = new();

    /// <summary>The repo; null when its folder went away meanwhile.</summary>
    public CachedRepo? Run()
    {
        if (!_reader.HasFolder(folder.FullName))
        {
            return _reader.Findings.Count == 0 ? null : Repo([], [], incompleteFiles: 0);
        }

        // A download writes blob, link, ref. Read the other way round, a running one looks like no trouble.
        var leftovers =
            new PartialFileNames(disk, folder).All(cancellationToken).Select(leftover => leftover.Path).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<Ref> refs = new RefScan(_reader, leftovers).Run();
        IReadOnlyDictionary<string, FileFacts> blobs = new BlobScan(_reader, _files).Run();
        IReadOnlyList<Snapshot> snapshots = new SnapshotScan(_reader, blobs, _files).Run();
        return Repo(refs, snapshots, leftovers.Count);
    }

    private CachedRepo Repo(IReadOnlyList<Ref> refs, IReadOnlyList<Snapshot> snapshots, int incompleteFiles)
    {
        foreach (Ref lost in refs.Where(found => snapshots.All(snapshot => snapshot.Commit != found.Commit)))
        {
            _reader.Note(ProblemKind.DanglingRef, lost.FullName, $"stands for commit {lost.Commit}, of which there is no snapshot");
        }

        DateTime folderModified = FolderModified();
        return new CachedRepo
        {
            RepoId = folder.Id.Value,
            RepoType = folder.Type.ToString(),
            CachePath = folder.CachePath,
            FullName = folder.FullName,
            Size = _files.Size,
            FileCount = snapshots.Sum(snapshot => snapshot.FileCount),
            Revisions = snapshots
                .Select(snapshot => Revision(snapshot, refs))
                .OrderByDescending(revision => revision.LastModified)
                .ThenBy(revision => revision.CommitHash, StringComparer.Ordinal)
                .ToArray(),
            LastAccessed = (_files.LastAccessed ?? folderModified).ToLocalTime(),
            LastModified = (_files.LastModified ?? folderModified).ToLocalTime(),
            IncompleteFiles = incompleteFiles,
            ChunkListSize = ChunkLists.SizeOf(disk, folder),
            Problems = [.. _reader.Problems],
        };
    }

    private CachedRevision Revision(Snapshot snapshot, IReadOnlyList<Ref> refs)
    {
        string[] names = [.. refs.Where(found => found.Commit == snapshot.Commit).Select(found => found.Name)];
        return new CachedRevision
        {
            RepoId = folder.Id.Value,
            RepoType = folder.Type.ToString(),
            CachePath = folder.CachePath,
            Revision = names.FirstOrDefault() ?? snapshot.Commit.Value,
            CommitHash = snapshot.Commit.Value,
            Refs = names,
            Size = snapshot.Files.Size,
            FileCount = snapshot.FileCount,
            LastModified = (snapshot.Files.LastModified ?? snapshot.Modified).ToLocalTime(),
        };
    }

    private DateTime FolderModified()
    {
        try
        {
            return disk.LookThrough(folder.FullName)?.Modified ?? DateTime.UnixEpoch;
        }
        catch (DiskException)
        {
            return DateTime.UnixEpoch;
        }
    }
}
