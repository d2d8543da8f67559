using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Store;

/// <summary>
/// A ref of our own beside the others, for as long as a request is under way: clean-ups of other tools remove a snapshot that no ref names.
/// Made for a snapshot that no ref names yet, and for a single file when one was seen at work: it shows in every client's list.
/// </summary>
/// <remarks>
/// Its name is that of a temp, so that anybody can tell whether its process still runs; what it holds is a commit, as in any ref.
/// </remarks>
internal sealed class KeepRef : IDisposable
{
    /// <summary>What its name begins with.</summary>
    public const string Prefix = "keep";

    private readonly Disk _disk;
    private readonly RepoPaths _folder;
    private readonly CommitHash _commit;
    private readonly string _name = IncompleteName.New(Prefix).ToString();

    public KeepRef(Disk disk, RepoPaths folder, CommitHash commit)
    {
        (_disk, _folder, _commit) = (disk, folder, commit);
        TempRegister.Add(_name);
    }

    /// <summary>Makes the ref, again if the whole repo was removed. It only helps, so a failure is not an error.</summary>
    public void Ensure()
    {
        try
        {
            // A ref without a snapshot makes huggingface_hub call the repo corrupt.
            RepoSkeleton.Ensure(_disk, _folder);
            FolderMaker.Ensure(_disk, _folder.Snapshot(_commit));
            new RefFile(_disk, _folder, Revision.Parse(_name)).Move(_commit, seenBefore: null);
        }
        catch (DiskException)
        {
            // What is wrong shows itself when the files are written.
        }
    }

    /// <summary>Takes it away. Never throws.</summary>
    public void Dispose()
    {
        try
        {
            _disk.Delete(Path.Combine(_folder.Refs, _name));
        }
        catch (DiskException)
        {
            // The next download of the repo finds that its owner is gone, and removes it.
        }

        TempRegister.Remove(_name);
    }

    /// <summary>Removes those whose processes are gone.</summary>
    public static void RemoveDead(Disk disk, RepoPaths folder) => Contenders.RemoveDead(disk, folder.Refs, prefix => prefix == Prefix);
}
