using System.Diagnostics;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache;

/// <summary>A repo that a cache has something of.</summary>
/// <param name="RepoType">The kind.</param>
/// <param name="RepoId">The id.</param>
internal sealed record KnownRepo(RepoType RepoType, string RepoId);

/// <summary>A name by which a cache has a revision of a repo: a ref, or a commit that there is a snapshot of.</summary>
/// <param name="Name">The ref, or the commit hash.</param>
/// <param name="CommitHash">The commit.</param>
/// <param name="Since">When the ref was written or the snapshot changed, local time.</param>
internal sealed record KnownRevision(string Name, string CommitHash, DateTime Since);

/// <summary>A file of a repo that a cache knows of.</summary>
/// <param name="FileName">The path in the repo, with '/'.</param>
/// <param name="Length">Bytes; null where it was not looked at.</param>
/// <param name="IsCached">Whether the cache has it; null where it was not looked at.</param>
internal sealed record KnownFile(string FileName, long? Length, bool? IsCached);

/// <summary>
/// The names that some caches know, for completion. Quick, and without what cannot be read; never writes.
/// </summary>
/// <param name="cachePath">The cache, absolute.</param>
/// <param name="readOnlyCachePaths">Other caches, absolute.</param>
internal sealed class CacheNames(string cachePath, IReadOnlyList<string> readOnlyCachePaths)
{
    private readonly Disk _disk = Disk.OfThisSystem;
    private readonly string[] _caches = [.. readOnlyCachePaths.Append(cachePath)];

    /// <summary>The repos that the filter lets through, by type and id.</summary>
    public IReadOnlyList<KnownRepo> Repos(Func<string, RepoType, bool> filter)
    {
        return
        [
            .. _caches.SelectMany(cache => OrNothing(() => new RepoFolders(_disk, cache).Passing(filter)))
                .Select(folder => new KnownRepo(folder.Type, folder.Id.Value)).Distinct()
                .OrderBy(repo => repo.RepoType).ThenBy(repo => repo.RepoId, StringComparer.Ordinal),
        ];
    }

    /// <summary>Bytes of a repo's blobs; null when there are more than that many, or they cannot be counted.</summary>
    public long? SizeOf(KnownRepo repo, int mostBlobs)
    {
        ArgumentNullException.ThrowIfNull(repo);
        long size = 0;
        foreach (RepoPaths folder in Folders(repo.RepoType, RepoId.Parse(repo.RepoId)))
        {
            IReadOnlyList<string> blobs = OrNothing(() => _disk.List(folder.Blobs));
            if (blobs.Count > mostBlobs)
            {
                return null;
            }

            size += blobs
                .Where(name => !name.EndsWith(IncompleteName.Suffix, StringComparison.Ordinal))
                .Sum(name => Look(Path.Combine(folder.Blobs, name))?.Length ?? 0);
        }

        return size;
    }

    /// <summary>The revisions of a repo: its refs by name, then its commits, those that changed last first.</summary>
    public IReadOnlyList<KnownRevision> Revisions(RepoType type, RepoId id)
    {
        IReadOnlyList<RepoPaths> folders = Folders(type, id);
        IEnumerable<KnownRevision> refs = folders
            .SelectMany(folder => Refs(folder))
            .OrderByDescending(found => found.Since)
            .DistinctBy(found => found.Name)
            .OrderBy(found => found.Name, StringComparer.Ordinal);
        IEnumerable<KnownRevision> commits =
            folders.SelectMany(Commits).OrderByDescending(found => found.Since).DistinctBy(found => found.Name);
        return [.. refs, .. commits];
    }

    /// <summary>The files of a repo at a revision, by name; at all of its commits where nothing is known of the revision.</summary>
    /// <param name="type">The kind of repo.</param>
    /// <param name="id">The repo.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="filter">Which names are wanted.</param>
    /// <param name="most">How many files are looked at; of the others only the names are told.</param>
    /// <param name="patience">How long files are looked at, likewise.</param>
    public IReadOnlyList<KnownFile> Files(
        RepoType type, RepoId id, Revision revision, Func<string, bool> filter, int most, TimeSpan patience)
    {
        long began = Stopwatch.GetTimestamp();
        int lookedAt = 0;
        IReadOnlyList<RepoPaths> folders = Folders(type, id);
        var lookup = new CacheLookup(_disk, folders[^1], [.. folders.Take(folders.Count - 1)]);
        IEnumerable<CommitHash> commits = OrNothing<CommitHash?>(() => [lookup.Resolve(revision)]) is [CommitHash commit] ? [commit]
            : folders.SelectMany(Commits).Select(found => CommitHash.TryParse(found.CommitHash)!).Distinct();
        return [.. commits.SelectMany(Known).DistinctBy(file => file.FileName).OrderBy(file => file.FileName, StringComparer.Ordinal)];

        IEnumerable<KnownFile> Known(CommitHash commit)
        {
            IReadOnlyList<TreeEntry>? tree =
                OrNothing<IReadOnlyList<TreeEntry>?>(() => [lookup.Tree(commit)]) is [IReadOnlyList<TreeEntry> known] ? known : null;
            IEnumerable<(string Path, long? Length)> names = tree?.Select(entry => (entry.Path, (long?)entry.Length))
                ?? folders.SelectMany(folder => Names(folder, commit)).Select(name => (name, (long?)null));
            foreach ((string path, long? length) in names.Where(name => filter(name.Path)))
            {
                if (HubFileName.TryParse(path) is not HubFileName name)
                {
                    continue;
                }

                bool isLookedAt = lookedAt++ < most && Stopwatch.GetElapsedTime(began) < patience;
                CacheHit[] hits = isLookedAt ? [.. OrNothing<CacheHit>(() => [.. lookup.FindAll(commit, name).Take(1)])] : [];
                yield return new KnownFile(path, hits.Length > 0 ? hits[0].Length : length, isLookedAt ? hits.Length > 0 : null);
            }
        }
    }

    /// <summary>The names in a snapshot, whether they lead anywhere or not: one look for each.</summary>
    private IEnumerable<string> Names(RepoPaths folder, CommitHash commit)
    {
        var inside = new Stack<string>([string.Empty]);
        while (inside.TryPop(out string? at))
        {
            foreach (string entry in OrNothing(() => _disk.List(Path.Combine(folder.Snapshot(commit), at))))
            {
                string path = at.Length == 0 ? entry : $"{at}/{entry}";
                if (OrNothing<FileFacts?>(() => [_disk.Look(Path.Combine(folder.Snapshot(commit), path))]) is [{ Kind: FileKind.Folder }])
                {
                    inside.Push(path);
                }
                else
                {
                    yield return path;
                }
            }
        }
    }

    private IEnumerable<KnownRevision> Refs(RepoPaths folder, string inside = "")
    {
        foreach (string entry in OrNothing(() => _disk.List(Path.Combine(folder.Refs, inside))))
        {
            string name = inside.Length == 0 ? entry : $"{inside}/{entry}";
            if (Look(Path.Combine(folder.Refs, name)) is { Kind: FileKind.Folder })
            {
                foreach (KnownRevision below in Refs(folder, name))
                {
                    yield return below;
                }
            }
            else if (OrNothing<Revision>(() => [Revision.Parse(name)]) is [Revision revision]
                && new RefFile(_disk, folder, revision).Look() is RefContent.Present found)
            {
                yield return new KnownRevision(name, found.Commit.Value, found.Written.ToLocalTime());
            }
        }
    }

    private IEnumerable<KnownRevision> Commits(RepoPaths folder)
    {
        return OrNothing(() => _disk.List(folder.Snapshots)).Where(name => CommitHash.TryParse(name)?.Value == name)
            .Select(name => new KnownRevision(name, name, Look(Path.Combine(folder.Snapshots, name))?.Modified.ToLocalTime() ?? default));
    }

    private IReadOnlyList<RepoPaths> Folders(RepoType type, RepoId id) => [.. _caches.Select(cache => new RepoPaths(cache, type, id))];

    private FileFacts? Look(string path)
    {
        try
        {
            return _disk.LookThrough(path);
        }
        catch (DiskException)
        {
            return null;
        }
    }

    private static IReadOnlyList<T> OrNothing<T>(Func<IReadOnlyList<T>> list)
    {
        try
        {
            return list();
        }
        catch (Exception e) when (e is DiskException or HubCacheException)
        {
            return [];
        }
    }
}
