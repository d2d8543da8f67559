using HubCache.Blobs;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Resolving;
using HubCache.Store;

namespace HubCache.Maintenance.Packing;

/// <summary>A file that is to be exported.</summary>
/// <param name="Locked">What it is.</param>
/// <param name="Source">The file with its bytes.</param>
internal sealed record ExportFile(LockedFile Locked, string Source);

/// <summary>
/// Finds the files of a snapshot that are to be exported: those that the commit has by its tree; or, where the cache has no tree, those in
/// the snapshot's folder.
/// </summary>
internal sealed class ExportFiles(
    Disk disk, RepoPaths folder, CommitHash commit, IReadOnlyList<TreeEntry>? tree, CancellationToken cancellationToken)
{
    private readonly CacheLookup _lookup = new(disk, folder);
    private readonly Dictionary<string, TreeEntry>? _tree = tree?.ToDictionary(entry => entry.Path, StringComparer.Ordinal);

    /// <summary>The files, in the order of their names.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.NotCached"/>: one or more are missing, lead nowhere, or are not what the
    /// tree says.</exception>
    public IReadOnlyList<ExportFile> Find(ExportRequest request, string label)
    {
        var missing = new List<string>();
        var found = new List<ExportFile>();
        foreach (string path in Meant(request, missing))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (HubFileName.TryParse(path) is HubFileName name && Find(name) is ExportFile file)
            {
                found.Add(file);
            }
            else
            {
                missing.Add(path);
            }
        }

        return missing.Count > 0 || found.Count == 0
            ? throw PackingErrors.NotWhole(label, request.RepoId.Value, missing.Count > 0 ? missing : ["all of its files"])
            : [.. found.OrderBy(file => file.Locked.Name.Value, StringComparer.Ordinal)];
    }

    private IEnumerable<string> Meant(ExportRequest request, List<string> missing)
    {
        List<string> paths = tree is null ? List() : [.. tree.Select(entry => entry.Path)];
        if (request.Files is null && (request.Exclude.Count == 0 || paths.Count == 0))
        {
            return paths;
        }

        var selection = new DownloadRequest
        {
            RepoId = request.RepoId,
            RepoType = request.RepoType,
            Revision = request.Revision ?? (request.Commit is null ? Revision.Main : Revision.Of(request.Commit)),
            Files = request.Files ?? [FileSelector.Everything],
            Exclude = request.Exclude,
        };
        IReadOnlyList<Pick> all = Selection.From(selection, paths);
        if (all.Count == 0)
        {
            throw SelectionErrors.NothingLeft(selection);
        }

        ILookup<bool, Pick> picks = all.ToLookup(pick => pick.Path is not null);
        missing.AddRange(picks[false].Select(pick => selection.Files[pick.Selector].Text));
        return picks[true].Select(pick => pick.Path!);
    }

    private ExportFile? Find(HubFileName name)
    {
        if (_lookup.Find(commit, name) is not CacheHit hit)
        {
            return null;
        }

        TreeEntry? entry = _tree?.GetValueOrDefault(name.Value);
        ETag? etag = hit.ETag ?? entry?.ETag ?? BlobLike(hit);
        return etag is not null && (entry is null || (entry.ETag == etag && entry.Length == hit.Length))
            ? new ExportFile(new LockedFile(name, hit.Length, etag), hit.BlobPath)
            : null;
    }

    /// <summary>
    /// The name of the blob with the bytes of a copy, as snapshots hold them where there are no links; null when there is none.
    /// </summary>
    private ETag? BlobLike(CacheHit copy)
    {
        return disk.List(folder.Blobs).Select(ETag.TryParse).OfType<ETag>()
            .FirstOrDefault(etag => _lookup.HasBlob(etag, copy.Length)
                && BlobHash.IsOf(disk, copy.FullName, followLink: false, etag, copy.Length, cancellationToken));
    }

    /// <summary>The paths of everything in the snapshot's folder, also of what leads nowhere: that is missing.</summary>
    private List<string> List()
    {
        var paths = new List<string>();
        var folders = new Stack<string>([string.Empty]);
        while (folders.TryPop(out string? inside))
        {
            foreach (string entry in disk.List(Path.Combine(folder.Snapshot(commit), inside)))
            {
                string path = inside.Length == 0 ? entry : $"{inside}/{entry}";
                if (disk.Look(Path.Combine(folder.Snapshot(commit), path))?.Kind == FileKind.Folder)
                {
                    folders.Push(path);
                }
                else if (entry != ".DS_Store" && !entry.StartsWith(".nfs", StringComparison.Ordinal))
                {
                    paths.Add(path);
                }
            }
        }

        return paths;
    }
}
