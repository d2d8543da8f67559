using HubCache.Cache;
using HubCache.Names;
using HubCache.Platform;

namespace HubCache;

/// <summary>A name for a commit in a cache.</summary>
internal sealed record Ref(string Name, string FullName, CommitHash Commit);

/// <summary>Reads a repo's <c>refs/</c>.</summary>
internal sealed class RefScan(RepoReader reader, IReadOnlySet<string> leftovers)
{
    /// <summary>The refs, by name.</summary>
    public IReadOnlyList<Ref> Run()
    {
        var refs = new List<Ref>();
        var folders = new Stack<string>();
        if (reader.HasFolder(reader.Folder.Refs))
        {
            folders.Push(reader.Folder.Refs);
        }

        while (folders.TryPop(out string? folder))
        {
            foreach (string path in reader.Entries(folder))
            {
                if (leftovers.Contains(path) || Path.GetFileName(path) == ".DS_Store" || reader.Look(path) is not FileFacts facts)
                {
                    continue;
                }

                if (facts.Kind == FileKind.Folder)
                {
                    folders.Push(path);
                }
                else if (Read(path) is Ref found)
                {
                    refs.Add(found);
                }
            }
        }

        return [.. refs.OrderBy(found => found.Name, StringComparer.Ordinal)];
    }

    private Ref? Read(string path)
    {
        string name = Path.GetRelativePath(reader.Folder.Refs, path).Replace(Path.DirectorySeparatorChar, '/');
        try
        {
            if (new RefFile(reader.Disk, reader.Folder, Revision.Parse(name)).Read() is CommitHash commit)
            {
                return new Ref(name, path, commit);
            }

            reader.Note(ProblemKind.BadRef, path, "is no ref: it holds no commit hash, or cannot be read");
        }
        catch (HubCacheException e)
        {
            reader.Note(ProblemKind.BadRef, path, $"is no ref ({e.Message.TrimEnd('.')})");
        }

        return null;
    }
}
