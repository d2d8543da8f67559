using HubCache.Model;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Checking;

/// <summary>Checks the refs that the scan could read for what other clients make of them, and the folders between them.</summary>
internal sealed class RefCheck(RepoReader reader, IReadOnlySet<string> leftovers)
{
    private const int LengthOfCommit = 40;

    public void Check(IReadOnlyList<Ref> refs, IReadOnlyList<Snapshot> snapshots)
    {
        var commits = snapshots.Select(snapshot => snapshot.Commit).ToHashSet();
        foreach (Ref found in refs)
        {
            if (reader.Look(found.FullName) is { Kind: FileKind.Link })
            {
                reader.Note(ProblemKind.BadRef, found.FullName, "is a link, and no ref of its own");
            }
            else if (!commits.Contains(found.Commit) && !MayHave(found.Commit))
            {
                reader.Note(ProblemKind.DanglingRef, found.FullName, $"stands for commit {found.Commit}, of which there is no snapshot");
            }
            else if (reader.Look(found.FullName) is { Kind: FileKind.File } facts && facts.Length != LengthOfCommit)
            {
                reader.Note(
                    ProblemKind.UntidyRef, found.FullName, "holds more than its commit, for which huggingface_hub refuses the repo");
            }
        }

        if (reader.Look(reader.Folder.Refs) is null)
        {
            if (snapshots.Count > 0)
            {
                reader.Note(
                    reader.NewFinding(
                        ProblemKind.MissingFolder,
                        reader.Folder.FullName,
                        "has no 'refs' in it, without which @huggingface/hub refuses it") with
                    { Severity = ProblemSeverity.Warning });
            }
        }
        else if (reader.Look(reader.Folder.Refs) is { Kind: FileKind.Folder })
        {
            FindEmptyFolders(reader.Folder.Refs);
        }
    }

    /// <summary>Whether a snapshot is there, or may not be looked at.</summary>
    private bool MayHave(CommitHash commit)
    {
        try
        {
            return reader.Disk.Look(reader.Folder.Snapshot(commit)) is { Kind: FileKind.Folder };
        }
        catch (DiskException)
        {
            return true;
        }
    }

    /// <summary>Says of each folder without a single ref in it that it is none. True when there is a ref.</summary>
    private bool FindEmptyFolders(string folder)
    {
        bool hasRef = false;
        foreach (string path in reader.Entries(folder))
        {
            hasRef |= reader.Look(path) is { Kind: FileKind.Folder } ? FindEmptyFolders(path) : !leftovers.Contains(path);
        }

        if (!hasRef && folder != reader.Folder.Refs)
        {
            reader.Note(reader.NewFinding(ProblemKind.BadRef, folder, "is a folder without a ref in it") with
            {
                Severity = ProblemSeverity.Warning
            });
        }

        return hasRef;
    }
}
