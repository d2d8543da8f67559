using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Removing;

/// <summary>
/// What the parts of a removal from one repo work with, and the only way in which they delete files and links: never once a download may
/// have begun unseen.
/// </summary>
/// <param name="disk">The file operations.</param>
/// <param name="steps">What is to go; at least one step, and all of one repo.</param>
/// <param name="uses">What of the repo is in use.</param>
/// <param name="stop">Ends the removal between two operations.</param>
internal sealed class RemovalContext(Disk disk, IReadOnlyList<RemovalStep> steps, RepoUses uses, CancellationToken stop)
{
    public Disk Disk => disk;

    public IReadOnlyList<RemovalStep> Steps => steps;

    public RepoUses Uses => uses;

    public RepoPaths Folder { get; } = steps[0].Folder;

    public RemovalReport Report { get; } = new(steps[0].Folder);

    /// <summary>What an interrupted removal leaves for the next.</summary>
    public RemovalNote Notes { get; } = new(disk, steps[0].Folder);

    /// <summary>The step that means the whole repo; null when only parts go.</summary>
    public RemovalStep? Whole { get; } = steps.FirstOrDefault(step => step.Kind == "Repo");

    /// <summary>The step that means a snapshot as a whole; null when it stays.</summary>
    public RemovalStep? StepOf(SnapshotInventory snapshot)
        => Whole ?? steps.FirstOrDefault(step => step.Kind == "Revision" && step.Commit == snapshot.Commit);

    /// <summary>The repo as it is now; null when it is not there.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheReadFailed"/>: something of it cannot be read.</exception>
    public RepoInventory? Read() => Reading(() => RepoInventory.Read(disk, Folder, stop));

    /// <summary>The refs as they are now.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheReadFailed"/>: they cannot be read.</exception>
    public IReadOnlyList<RefEntry> ReadRefs() => Reading(() => RepoInventory.ReadRefs(disk, Folder, stop));

    /// <summary>Reads something by which the removal goes.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheReadFailed"/>: it cannot be read.</exception>
    public T Reading<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DiskException e)
        {
            throw RemovalPlanner.Unreadable(Folder, e);
        }
    }

    public bool IsFolder(string path) => disk.Look(path) is { Kind: FileKind.Folder };

    public bool IsLink(string path) => disk.Look(path) is { Kind: FileKind.Link };

    /// <summary>The paths in a folder, in order; none when it is no folder.</summary>
    public IEnumerable<string> List(string folder)
        => IsFolder(folder) ? disk.List(folder).Order(StringComparer.Ordinal).Select(name => Path.Combine(folder, name)) : [];

    /// <summary>Deletes a file or a link.</summary>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="DiskException">It cannot be removed.</exception>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheWriteFailed"/>: the removal was held up, and a download
    /// began.</exception>
    public bool Delete(string path)
    {
        stop.ThrowIfCancellationRequested();
        uses.Check();
        bool isDeleted = disk.Delete(path);
        Report.HasRemoved |= isDeleted;
        return isDeleted;
    }

    /// <summary>
    /// Deletes a link that stands where a folder of the repo should be, when the whole repo goes: what it leads to stays.
    /// </summary>
    /// <returns>Whether it was one.</returns>
    public bool DeleteLinkInPlaceOf(string folder)
    {
        if (Whole is null || !IsLink(folder))
        {
            return false;
        }

        Delete(folder);
        return true;
    }

    /// <summary>Removes a folder if nothing is left in it but what a file browser of macOS leaves.</summary>
    public void RemoveFolder(string path)
    {
        if (IsFolder(path))
        {
            string junk = Path.Combine(path, ".DS_Store");
            if (disk.List(path) is [".DS_Store"])
            {
                disk.Delete(junk);
            }

            disk.RemoveEmptyFolder(path);
        }
    }

    /// <summary>Puts on the disk what went from folders: what goes next must not reach it before.</summary>
    public void Flush(IEnumerable<string> folders)
    {
        foreach (string folder in folders)
        {
            try
            {
                disk.FlushFolder(folder);
            }
            catch (DiskException e) when (e.Error == DiskError.NotFound)
            {
                // Another tool removed it as well.
            }
        }
    }
}
