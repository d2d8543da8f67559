using System.Globalization;
using HubCache.Model;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Checking;

/// <summary>
/// The listings under <c>trees/</c>, and what is wrong with them: what every file of a commit is, as far as the cache knows.
/// </summary>
internal sealed class CommitTrees
{
    private readonly Dictionary<string, IReadOnlyDictionary<string, TreeEntry>> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Length, string Tree)> _lengths = new(StringComparer.Ordinal);

    private readonly RepoPaths _folder;

    private CommitTrees(RepoPaths folder) => _folder = folder;

    /// <summary>Reads them all.</summary>
    public static CommitTrees Read(RepoReader reader, IReadOnlySet<string> leftovers)
    {
        var trees = new CommitTrees(reader.Folder);
        if (reader.Look(reader.Folder.Trees) is null || !reader.HasFolder(reader.Folder.Trees))
        {
            return trees;
        }

        foreach (string path in reader
            .Entries(reader.Folder.Trees)
            .Where(path => !leftovers.Contains(path) && !RepoPlaces.IsDesktopFile(path)))
        {
            if (RepoPlaces.CommitOfTree(reader.Folder, path) is CommitHash commit)
            {
                trees.Add(reader, commit, path);
            }
            else
            {
                reader.Note(ProblemKind.ForeignFile, path, "is no listing of a commit: its name is no commit hash");
            }
        }

        return trees;
    }

    /// <summary>The files of a commit by their paths; null when there is no listing that can be trusted.</summary>
    public IReadOnlyDictionary<string, TreeEntry>? Of(CommitHash commit) => _files.GetValueOrDefault(commit.Value);

    /// <summary>Forgets a listing that turned out wrong.</summary>
    public void Drop(CommitHash commit)
    {
        _files.Remove(commit.Value);
        _lengths.Clear();
        foreach ((string known, IReadOnlyDictionary<string, TreeEntry> files) in _files)
        {
            foreach (TreeEntry entry in files.Values)
            {
                _lengths.TryAdd(entry.ETag.Value, (entry.Length, _folder.Tree(CommitHash.TryParse(known)!)));
            }
        }
    }

    /// <summary>The commits that there is a listing of.</summary>
    public IEnumerable<CommitHash> Commits => _files.Keys.Select(key => CommitHash.TryParse(key)!);

    /// <summary>How long a blob should be, and the listing that says so; null when none does.</summary>
    public (long Length, string Tree)? LengthOf(ETag etag)
        => _lengths.TryGetValue(etag.Value, out (long Length, string Tree) known) ? known : null;

    private void Add(RepoReader reader, CommitHash commit, string path)
    {
        try
        {
            AddRead(reader, commit, path);
        }
        catch (DiskException e)
        {
            reader.Note(ProblemKind.Unreadable, path, $"cannot be read ({e.Message})");
        }
    }

    private void AddRead(RepoReader reader, CommitHash commit, string path)
    {
        if (reader.Look(path) is not { Kind: FileKind.File }
            || new TreeFile(reader.Disk, reader.Folder, commit).Read() is not IReadOnlyList<TreeEntry> entries)
        {
            if (new TreeFile(reader.Disk, reader.Folder, commit).ReadVersion() is int version)
            {
                reader.Note(
                    ProblemKind.UnknownTree,
                    path,
                    string.Create(CultureInfo.InvariantCulture, $"is a listing of version {version}, which only other clients can read"));
            }
            else
            {
                reader.Note(ProblemKind.BadTree, path, "is no listing that can be read, or not a whole one");
            }

            return;
        }

        if (FaultOf(entries) is string fault)
        {
            reader.Note(ProblemKind.BadTree, path, fault);
            return;
        }

        _files.Add(commit.Value, entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal));
        foreach (TreeEntry entry in entries)
        {
            if (!_lengths.TryAdd(entry.ETag.Value, (entry.Length, path)) && _lengths[entry.ETag.Value].Length != entry.Length)
            {
                string other = Path.GetFileName(_lengths[entry.ETag.Value].Tree);
                reader.Note(ProblemKind.BadTree, path, string.Create(
                    CultureInfo.InvariantCulture,
                    $"says that '{entry.Path}' has {entry.Length} bytes, and '{other}' says otherwise of the same blob"));
                break;
            }
        }
    }

    /// <summary>Why entries cannot be those of one commit; null when they can.</summary>
    private static string? FaultOf(IReadOnlyList<TreeEntry> entries)
    {
        var paths = entries.Select(entry => entry.Path).ToHashSet(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            if (path.Split('/').Any(part => part is "" or "." or ".."))
            {
                return $"lists '{path}', which no file of a repo can be called";
            }

            for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                if (paths.Contains(path[..slash]))
                {
                    return $"lists '{path[..slash]}' as a file and as a folder";
                }
            }
        }

        return null;
    }
}
