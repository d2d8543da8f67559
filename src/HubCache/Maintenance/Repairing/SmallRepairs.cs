using HubCache.Maintenance.Checking;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;
using HubCache.Xet;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Maintenance.Repairing;

/// <summary>The repairs that move no bytes of files: refs, listings, marks, modes, folders and what is in the way.</summary>
internal sealed class SmallRepairs(RepairContext means)
{
    private readonly Disk _disk = means.Disk;
    private readonly RepoPaths _folder = means.Folder;

    /// <summary>Sets a mode right, of what is this user's own.</summary>
    public Outcome SetMode(string path)
    {
        if (_disk.Look(path) is not FileFacts facts)
        {
            return Outcome.Skipped("It is gone.");
        }

        bool isLock = RepoPaths.LiesIn(path, LocksFolder.Of(_folder.CachePath));
        if (Permissions.Of(_disk, _folder)?.Wanted(facts, isLock) is not int wanted || wanted == facts.Mode)
        {
            return Outcome.Skipped("Its mode is right by now.");
        }

        return SetMode(_disk, path, facts, wanted);
    }

    /// <summary>Sets a mode, if that is this user's to do.</summary>
    public static Outcome SetMode(Disk disk, string path, FileFacts facts, int wanted)
    {
        if (!disk.IsOwn(facts))
        {
            return Outcome.Skipped("It is another user's: only its owner, or root, can mend it.");
        }

        if (!disk.MayChangeMode(facts))
        {
            return Outcome.Skipped("It has other names, which may lie outside of the cache, and would change with it.");
        }

        disk.SetMode(path, wanted);
        return Outcome.Done("ModeSet", $"The mode is {Convert.ToString(wanted, 8).PadLeft(4, '0')} now.");
    }

    /// <summary>Makes the folders without which other clients refuse a repo.</summary>
    public Outcome MakeFolders(string path)
    {
        bool isInTheWay = _disk.LookThrough(path) is not { Kind: FileKind.Folder };
        string moved = isInTheWay ? $"What lay there was {means.Aside.Move(path) ?? "gone"}. " : string.Empty;
        RepoSkeleton.Ensure(_disk, _folder);
        FolderMaker.Ensure(_disk, path);
        return Outcome.Done("FolderMade", $"{moved}The folder is there now.");
    }

    public Outcome SetAside(string path)
    {
        if (means.Aside.Move(path) is not string what)
        {
            return Outcome.Skipped("It is gone.");
        }

        if (RepoPlaces.FileAt(_folder, path) is (CommitHash commit, not null) && RepoPaths.LiesIn(path, _folder.Snapshots))
        {
            RemoveEmptyFolders(Path.GetDirectoryName(path)!, _folder.Snapshot(commit));
        }

        return Outcome.Done(what == Quarantine.Removed ? "Removed" : "SetAside", $"It was {what}.");
    }

    /// <summary>Removes a mark that is none or is wrong: that costs a request at most.</summary>
    public Outcome RemoveMark(string path)
    {
        bool wasThere = _disk.Delete(path);
        RemoveEmptyFolders(Path.GetDirectoryName(path)!, RepoPlaces.NoExist(_folder));
        return wasThere ? Outcome.Done("Removed", "The mark was removed.") : Outcome.Skipped("It is gone.");
    }

    /// <summary>Removes a leftover, if it is dead still.</summary>
    public Outcome RemoveLeftover(string path)
    {
        if (Path.GetDirectoryName(path) == _folder.Locks && path.EndsWith(ChunkLists.Suffix, StringComparison.Ordinal))
        {
            return ChunkLists.FaultOf(_disk, _folder, path) is not null && _disk.Delete(path)
                ? Outcome.Done("Removed", "It was of no use.")
                : Outcome.Skipped("It is gone.");
        }

        var census = new IncompleteCensus(_folder.CachePath, minimumAge: null, _disk, betweenLooks: null);
        IncompleteFile? file = census
            .Find((id, type) => id == _folder.Id.Value && type == _folder.Type, CancellationToken.None)
            .FirstOrDefault(file => file.FullName == path);
        if (file is null)
        {
            return Outcome.Skipped("It is gone.");
        }

        RemovedItem removed = census.Remove(file, force: false);
        return removed.Kind == "Kept" ? Outcome.Skipped($"It was kept. {removed.Reason}") : Outcome.Done("Removed", removed.Reason);
    }

    /// <summary>Asks for a listing again; removes it when it cannot be had: it only saves requests.</summary>
    public async Task<Outcome> RenewTreeAsync(string path, CancellationToken cancellationToken)
    {
        if (RepoPlaces.CommitOfTree(_folder, path) is not CommitHash commit)
        {
            return Outcome.Skipped("It is no listing of a commit.");
        }

        // What cannot be read is not known to be bad.
        RequireReadable(path);
        IReadOnlyList<TreeEntry>? entries =
            means.Questions is null ? null : await means.Questions.TreeOfAsync(_folder, commit, cancellationToken).ConfigureAwait(false);
        if (_disk.Look(path) is { Kind: not FileKind.File })
        {
            _ = means.Aside.Move(path);
        }

        if (entries is not null)
        {
            new TreeFile(_disk, _folder, commit).Write(entries);
            return Outcome.Done("ListingFetched", "The listing was asked for again.");
        }

        return _disk.Delete(path)
            ? Outcome.Done("Removed", "The listing was removed; it is asked for when it is needed.")
            : Outcome.Done("Removed", "The listing is gone; it is asked for when it is needed.");
    }

    /// <summary>Sets a ref to the commit that the Hub says, if the cache has a snapshot of it; removes it if not.</summary>
    public async Task<Outcome> MendRefAsync(string path, bool isUntidy, CancellationToken cancellationToken)
    {
        Revision? revision = NameOf(path);
        CommitHash? known = revision is not null && _disk.Look(path) is { Kind: FileKind.File } ? Known(revision) : null;
        if (isUntidy && known is not null)
        {
            new RefFile(_disk, _folder, revision!).Set(known);
            return Outcome.Done("RefSet", $"It holds its commit {known} and nothing else now.");
        }

        if (known is not null && _disk.LookThrough(_folder.Snapshot(known)) is { Kind: FileKind.Folder })
        {
            // Who found fault with it was perhaps not allowed to read it, or its snapshot, and a mode has been set since.
            return Outcome.Skipped("It is right by now.");
        }

        CommitHash? commit = revision is null || means.Questions is null
            ? null
            : await means.Questions.CommitOfAsync(_folder, revision, cancellationToken).ConfigureAwait(false);
        bool isFolder = _disk.Look(path) is { Kind: FileKind.Folder };
        if (commit is not null && _disk.LookThrough(_folder.Snapshot(commit)) is { Kind: FileKind.Folder })
        {
            if (isFolder)
            {
                _ = means.Aside.Move(path);
            }

            new RefFile(_disk, _folder, revision!).Set(commit);
            return Outcome.Done("RefSet", $"It stands for {commit} now, as on the Hub.");
        }

        if (isFolder)
        {
            _ = means.Aside.Move(path);
        }
        else
        {
            _disk.Delete(path);
        }

        RemoveEmptyFolders(Path.GetDirectoryName(path)!, _folder.Refs);
        return Outcome.Done("Removed", commit is null
            ? "The ref was removed: what it should stand for is not known."
            : $"The ref was removed: the cache has no snapshot of {commit}, for which it stands on the Hub.");
    }

    /// <summary>Removes folders that are empty now, upwards, up to one that stays.</summary>
    public void RemoveEmptyFolders(string path, string root)
    {
        for (string folder = path; RepoPaths.LiesIn(folder, root) && _disk.List(folder).Count == 0; folder = Path.GetDirectoryName(folder)!)
        {
            _disk.RemoveEmptyFolder(folder);
        }
    }

    /// <summary>The commit that a ref holds; null when it holds none.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheReadFailed"/>: it cannot be read, and so nobody knows what it
    /// holds.</exception>
    private CommitHash? Known(Revision revision) => new RefFile(_disk, _folder, revision).Look() switch
    {
        RefContent.Present present => present.Commit,
        RefContent.Unreadable unreadable => throw DiskErrors.Unreadable(unreadable.Error),
        _ => null,
    };

    private void RequireReadable(string path)
    {
        try
        {
            if (_disk.Look(path) is { Kind: FileKind.File })
            {
                byte[] first = new byte[1];
                using SafeFileHandle file = _disk.OpenForReading(path, followLink: false);
                _ = _disk.Read(file, first, 0, path);
            }
        }
        catch (DiskException e) when (e.Error != DiskError.NotFound)
        {
            throw DiskErrors.Unreadable(e);
        }
    }

    private Revision? NameOf(string path)
    {
        try
        {
            return RepoPlaces.RefAt(_folder, path) is string name && Revision.Parse(name) is { Commit: null } revision ? revision : null;
        }
        catch (HubCacheException)
        {
            return null;
        }
    }
}
