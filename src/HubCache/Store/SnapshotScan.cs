using HubCache.Model;
using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Store;

/// <summary>What one snapshot holds.</summary>
internal sealed record Snapshot(CommitHash Commit, FileTally Files, int FileCount, DateTime Modified);

/// <summary>Hears of the names in a snapshot that lead to a file, with which nothing is wrong at first sight.</summary>
internal interface ISnapshotVisitor
{
    /// <summary>A link.</summary>
    /// <param name="commit">The snapshot.</param>
    /// <param name="path">The name.</param>
    /// <param name="target">Where it leads, as written in it.</param>
    /// <param name="end">The full path of that.</param>
    void Link(CommitHash commit, string path, string target, string end);

    /// <summary>A regular file in the place of a link.</summary>
    void Copy(CommitHash commit, string path, FileFacts facts);

    /// <summary>A folder below the snapshot's own.</summary>
    void Folder(CommitHash commit, string path);
}

/// <summary>Reads a repo's <c>snapshots/</c>.</summary>
internal sealed class SnapshotScan(
    RepoReader reader, IReadOnlyDictionary<string, FileFacts> blobs, FileTally repo, ISnapshotVisitor? visitor = null)
{
    private readonly bool _namesCanBeTrusted = reader.Look(reader.Folder.Snapshots) is not { Kind: FileKind.Link };

    public IReadOnlyList<Snapshot> Run()
    {
        int before = reader.Findings.Count;
        if (!reader.HasFolder(reader.Folder.Snapshots))
        {
            if (reader.Findings.Count == before)
            {
                reader.Note(
                    ProblemKind.MissingFolder, reader.Folder.FullName, "has no 'snapshots' in it, without which other clients refuse it");
            }

            return [];
        }

        var snapshots = new List<Snapshot>();
        foreach (string path in reader.Entries(reader.Folder.Snapshots))
        {
            string name = Path.GetFileName(path);
            if (name == ".DS_Store" || reader.Look(path) is not FileFacts facts)
            {
                continue;
            }

            CommitHash? commit = CommitHash.TryParse(name);
            if (commit is null || commit.Value != name)
            {
                reader.Note(ProblemKind.ForeignFile, path, "is no snapshot: its name is no commit hash");
            }
            else if (facts.Kind != FileKind.Folder)
            {
                reader.Note(ProblemKind.ForeignFile, path, "is no folder, and so no snapshot");
            }
            else
            {
                snapshots.Add(Read(commit, path, facts.Modified));
            }
        }

        return snapshots;
    }

    private Snapshot Read(CommitHash commit, string root, DateTime modified)
    {
        var files = new FileTally();
        int count = 0;
        var folders = new Stack<string>([root]);
        while (folders.TryPop(out string? folder))
        {
            foreach (string path in reader.Entries(folder))
            {
                if (reader.ReadLink(path) is string target)
                {
                    count += CountLink(commit, path, target, files) ? 1 : 0;
                }
                else if (reader.Look(path) is FileFacts facts)
                {
                    switch (facts.Kind)
                    {
                        case FileKind.Folder:
                            folders.Push(path);
                            visitor?.Folder(commit, path);
                            break;
                        case FileKind.File:
                            Count(path, facts, files);
                            visitor?.Copy(commit, path, facts);
                            count++;
                            break;
                        default:
                            reader.Note(ProblemKind.NotAFile, path, "is neither a file nor a folder");
                            break;
                    }
                }
            }
        }

        return new Snapshot(commit, files, count, modified);
    }

    /// <summary>Counts the file behind a link; false when there is none.</summary>
    private bool CountLink(CommitHash commit, string path, string target, FileTally files)
    {
        string end = Path.GetFullPath(target, Path.GetDirectoryName(path)!);
        if (_namesCanBeTrusted && blobs.TryGetValue(end, out FileFacts known))
        {
            Count(end, known, files);
            visitor?.Link(commit, path, target, end);
            return true;
        }

        // A blob that came after blobs/ was read, a link into the shared store, or trouble.
        int before = reader.Findings.Count;
        if (reader.LookThrough(path) is not FileFacts facts)
        {
            if (reader.Findings.Count == before)
            {
                reader.Note(ProblemKind.DanglingLink, path, $"is a link to nothing: '{target}'");
            }

            return false;
        }

        if (facts.Kind != FileKind.File)
        {
            reader.Note(ProblemKind.WrongLink, path, $"is a link to something that is no file: '{target}'");
            return false;
        }

        if (IsOurs(end, facts))
        {
            Count(end, facts, files);
            visitor?.Link(commit, path, target, end);
        }
        else
        {
            reader.Note(ProblemKind.LinkOutside, path, $"is a link to a file that is not the cache's: '{target}'");
        }

        return true;
    }

    private bool IsOurs(string end, FileFacts facts)
    {
        // The cache itself may have been reached through a link, so that its absolute links look foreign.
        return repo.Holds(end, facts)
            || RepoPaths.LiesIn(end, reader.Folder.FullName)
            || RepoPaths.LiesIn(end, Path.Combine(reader.Folder.CachePath, "blobs"));
    }

    private void Count(string path, FileFacts facts, FileTally files)
    {
        files.Add(path, facts);
        repo.Add(path, facts);
    }
}
