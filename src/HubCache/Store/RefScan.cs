using HubCache.Model;
using HubCache.Platform;

namespace HubCache.Store;

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
            switch (new RefFile(reader.Disk, reader.Folder, Revision.Parse(name)).Look())
            {
                case RefContent.Present present:
                    return new Ref(name, path, present.Commit);
                case RefContent.Unreadable unreadable:
                    reader.Note(ProblemKind.Unreadable, path, $"cannot be read ({unreadable.Error.Message})");
                    break;
                default:
                    reader.Note(ProblemKind.BadRef, path, "is no ref: it holds no commit hash");
                    break;
            }
        }
        catch (HubCacheException e)
        {
            reader.Note(ProblemKind.BadRef, path, $"is no ref ({e.Message.TrimEnd('.')})");
        }

        return null;
    }
}
