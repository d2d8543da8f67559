using System.Security.Cryptography;
using HubCache.Model;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Packing;

/// <summary>A revision that is to be exported, and where its bytes are.</summary>
/// <param name="Packed">What it holds.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Sources">The file with the bytes for each blob.</param>
/// <param name="Tree">The tree file's bytes; null when there is none.</param>
internal sealed record ExportItem(PackedRepo Packed, RepoPaths Folder, IReadOnlyDictionary<ETag, string> Sources, byte[]? Tree)
{
    /// <summary>Joins two requests for one commit of one repo.</summary>
    public ExportItem With(ExportItem other)
    {
        LockedFile[] files = [.. Packed.Locked.Files
            .Concat(other.Packed.Locked.Files)
            .DistinctBy(file => file.Name)
            .OrderBy(file => file.Name.Value, StringComparer.Ordinal)];
        return new ExportItem(
            Packed with { Locked = Packed.Locked with { Files = files }, Refs = [.. Packed.Refs.Concat(other.Packed.Refs).Distinct()] },
            Folder,
            Sources.Concat(other.Sources).DistinctBy(source => source.Key).ToDictionary(),
            Tree);
    }

    /// <summary>Whether both are one commit of one repo in one cache.</summary>
    public bool IsSameAs(ExportItem other)
        => Folder.FullName == other.Folder.FullName && Packed.Locked.Commit == other.Packed.Locked.Commit;
}

/// <summary>Finds out what of a cache a request means, and refuses what is not all there. Writes nothing.</summary>
internal sealed class ExportPlan(Disk disk, ExportRequest request, CancellationToken cancellationToken)
{
    private readonly RepoPaths _folder = new(request.CachePath, request.RepoType, request.RepoId);

    /// <summary>Makes the plan.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.NotCached"/>: the cache does not hold all of it.</exception>
    /// <exception cref="DiskException">The cache cannot be read.</exception>
    public ExportItem Make()
    {
        if (disk.LookThrough(_folder.FullName) is not { Kind: FileKind.Folder })
        {
            throw NotCached($"'{request.RepoId}' is not in the cache {request.CachePath}.");
        }

        IReadOnlyList<Ref> refs = Refs();
        (CommitHash commit, Revision revision) = Which(refs);
        if (disk.LookThrough(_folder.Snapshot(commit)) is not { Kind: FileKind.Folder })
        {
            throw NotCached($"The cache has no snapshot of '{request.RepoId}' at {Label(revision, commit)}.");
        }

        IReadOnlyList<TreeEntry>? tree = new TreeFile(disk, _folder, commit).Read();
        IReadOnlyList<ExportFile> files = new ExportFiles(disk, _folder, commit, tree, cancellationToken).Find(
            request, $"'{request.RepoId}' at {Label(revision, commit)}");
        byte[]? treeBytes = tree is null ? null : TreeJson.Write(tree);
        PackedTree? packedTree =
            treeBytes is null ? null : new PackedTree(treeBytes.Length, Convert.ToHexString(SHA256.HashData(treeBytes)).ToLowerInvariant());
        var locked = new LockedRepo(request.RepoType, request.RepoId, revision, commit, [.. files.Select(file => file.Locked)]);
        return new ExportItem(
            new PackedRepo(locked, RefsOf(refs, revision, commit), packedTree),
            _folder,
            files.DistinctBy(file => file.Locked.ETag).ToDictionary(file => file.Locked.ETag, file => file.Source),
            treeBytes);
    }

    private IReadOnlyList<Ref> Refs()
    {
        var reader = new RepoReader(disk, _folder, cancellationToken);
        IReadOnlyList<Ref> refs = new RefScan(reader, new HashSet<string>()).Run();
        return reader.Findings.FirstOrDefault(finding => finding.Kind == ProblemKind.Unreadable) is not Finding unread
            ? refs : throw new HubCacheException(
            HubErrorCode.CacheReadFailed,
            $"The refs of '{request.RepoId}' cannot be read: {unread.Sentence}",
            unread.Path,
            $"Check that you may read '{unread.Path}' and that its disk works.");
    }

    private (CommitHash Commit, Revision Revision) Which(IReadOnlyList<Ref> refs)
    {
        if ((request.Commit ?? request.Revision?.Commit) is CommitHash commit)
        {
            return (commit, request.Revision ?? Revision.Of(commit));
        }

        Revision wanted = request.Revision ?? Revision.Main;
        if (refs.FirstOrDefault(found => found.Name == wanted.Value) is Ref named)
        {
            return (named.Commit, wanted);
        }

        List<CommitHash> snapshots = [.. disk.List(_folder.Snapshots).Select(CommitHash.TryParse).OfType<CommitHash>()];
        return request.Revision is null && snapshots.Count == 1
            ? (snapshots[0], refs.FirstOrDefault(found => found.Commit == snapshots[0]) is Ref only
                ? Revision.Parse(only.Name)
                : Revision.Of(snapshots[0]))
            : throw NotCached($"The cache has no ref '{wanted}' of '{request.RepoId}'. It has the snapshots "
                + $"{PackingErrors.Listed([.. snapshots.Select(snapshot => snapshot.Value)])}.");
    }

    /// <summary>
    /// The ref that was asked for, as long as it stands for the commit; all that stand for it when it was asked for as a commit.
    /// </summary>
    private static IReadOnlyList<Revision> RefsOf(IReadOnlyList<Ref> refs, Revision revision, CommitHash commit)
    {
        return [.. refs
            .Where(found => found.Commit == commit && (revision.Commit is not null || found.Name == revision.Value))
            .Select(found => Revision.Parse(found.Name))];
    }

    private static string Label(Revision revision, CommitHash commit)
        => revision.Commit is null ? $"'{revision}' (commit {commit})" : $"commit {commit}";

    private HubCacheException NotCached(string message) => new(
        HubErrorCode.NotCached,
        message,
        request.RepoId.Value,
        "Fetch it with Save-HubFile, or list what is there with Get-HubCache; -CachePath names another cache.");
}
