using HubCache.Model;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Checking;

/// <summary>Checks the marks under <c>.no_exist/</c>: empty files that say of a commit that it has no such file.</summary>
internal sealed class NoExistCheck(RepoReader reader, CommitTrees trees)
{
    public void Check()
    {
        string root = RepoPlaces.NoExist(reader.Folder);
        if (reader.Look(root) is null || !reader.HasFolder(root))
        {
            return;
        }

        foreach (string path in reader.Entries(root).Where(path => !RepoPlaces.IsDesktopFile(path)))
        {
            if (CommitHash.TryParse(Path.GetFileName(path)) is not CommitHash commit || reader.Look(path) is not { Kind: FileKind.Folder })
            {
                reader.Note(ProblemKind.ForeignFile, path, "belongs to no commit");
            }
            else
            {
                CheckBelow(commit, path);
            }
        }
    }

    private void CheckBelow(CommitHash commit, string root)
    {
        var folders = new Stack<string>([root]);
        while (folders.TryPop(out string? folder))
        {
            foreach (string path in reader.Entries(folder).Where(path => !RepoPlaces.IsDesktopFile(path)))
            {
                FileFacts? facts = reader.Look(path);
                if (facts is { Kind: FileKind.Folder })
                {
                    folders.Push(path);
                }
                else if (facts is not null)
                {
                    Check(commit, path, facts.Value);
                }
            }
        }
    }

    private void Check(CommitHash commit, string path, FileFacts facts)
    {
        string file = RepoPlaces.FileAt(reader.Folder, path).FileName!;
        bool hasFile = trees.Of(commit)?.ContainsKey(file) == true
            || (trees.Of(commit) is null
                && HubFileName.TryParse(file) is HubFileName name
                && reader.Look(reader.Folder.SnapshotFile(commit, name)) is not null);
        if (hasFile)
        {
            reader.Note(ProblemKind.BadNoExist, path, "says that the commit has no such file, and it has");
        }
        else if (facts is not { Kind: FileKind.File, Length: 0 })
        {
            reader.Note(reader.NewFinding(
                ProblemKind.BadNoExist,
                path,
                "is no mark of a file that does not exist: it is not an empty file") with
            { Severity = ProblemSeverity.Warning });
        }
    }
}
