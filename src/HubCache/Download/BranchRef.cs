using HubCache.Names;
using HubCache.Platform;
using HubCache.Resolving;
using HubCache.Store;

namespace HubCache.Download;

/// <summary>
/// The ref of a request's branch: read when the request begins, and moved in the end only if no other process has moved it.
/// </summary>
internal sealed class BranchRef
{
    private readonly DownloadContext _means;
    private readonly DownloadRequest _request;
    private readonly RepoPaths _folder;
    private readonly IDownloadObserver _observer;
    private readonly RefFile? _file;
    private readonly DiskException? _unread;
    private bool _isBlocked;

    public BranchRef(DownloadContext means, DownloadRequest request, RepoPaths folder, IDownloadObserver observer)
    {
        (_means, _request, _folder, _observer) = (means, request, folder, observer);

        // A pinned commit says nothing of where the branch is now; the reference client moves no ref for one either.
        _file = (request.Commit ?? request.Revision.Commit) is null ? new RefFile(means.Disk, folder, request.Revision) : null;
        (SeenBefore, _unread) = _file?.Look() switch
        {
            RefContent.Present present => (present.Commit, null),
            RefContent.Unreadable unreadable => (null, unreadable.Error),
            _ => ((CommitHash?)null, (DiskException?)null),
        };
    }

    /// <summary>Whether the request moves a ref at all.</summary>
    public bool IsMoving => _file is not null;

    /// <summary>What the ref said when the request began; null when it said nothing, or is not moved.</summary>
    public CommitHash? SeenBefore { get; }

    /// <summary>Whether the ref is there now, cannot be read, or cannot ever be written.</summary>
    public bool IsThere => _isBlocked || _file?.Look() is RefContent.Present or RefContent.Unreadable;

    /// <summary>Moves the ref. For hits alone that is best effort: they are served from read-only caches too.</summary>
    /// <param name="files">The files of the request, all of them in place. Where the ref cannot be moved for what was written, they get
    /// that error.</param>
    /// <param name="mayRedo">Whether there may be another try.</param>
    /// <param name="isMoved">Whether the ref was written.</param>
    /// <returns>False when a clean-up took the folder away and it is worth another try.</returns>
    public bool TryMove(FileState[] files, bool mayRedo, out bool isMoved)
    {
        isMoved = false;
        CommitHash commit = files[0].Commit!;
        if (_isBlocked)
        {
            return true;
        }

        if (!Array.Exists(files, file => file.Hit is { IsReadOnly: false }) && !HasSnapshot(commit))
        {
            // All of it lies in other caches. A ref without its snapshot makes huggingface_hub call the whole repo corrupt.
            return true;
        }

        try
        {
            if (_unread is not null && _file!.Read() is CommitHash now && now != commit)
            {
                // It is not known whether it held that when the request began or was moved since.
                throw _unread;
            }

            isMoved = _file!.Move(commit, SeenBefore);
        }
        catch (DiskException e) when (_file!.Blocker() is string blocker)
        {
            _isBlocked = true;
            _observer.Warn(
                $"The cache cannot keep the ref '{_request.Revision}', because '{blocker}' belongs to another ref: {e.Message}. "
                + $"The files are in the cache at commit {commit}; ask for them by the commit when offline.");
        }
        catch (DiskException e) when (mayRedo && e.Error == DiskError.NotFound)
        {
            return false;
        }
        catch (DiskException e) when (Array.Exists(files, file => file.IsOurs))
        {
            // A rename that failed may still have been done, so the links that the ref may stand for stay.
            foreach (FileState file in MayStandFor(commit) ? [] : files.Where(file => file.IsLinked))
            {
                _means.LinkIn(_folder).Remove(file.Commit!, file.Name);
            }

            FileState.Fail(files, DiskErrors.ToHubError(e));
        }
        catch (DiskException e)
        {
            _observer.Note($"The ref '{_request.Revision}' could not be moved: {e.Message}");
        }

        return true;
    }

    private bool MayStandFor(CommitHash commit)
        => _file!.Look() is RefContent.Unreadable || (_file.Look() is RefContent.Present present && present.Commit == commit);

    /// <summary>Whether the cache that is written to has a snapshot of the commit.</summary>
    private bool HasSnapshot(CommitHash commit)
    {
        try
        {
            return _means.Disk.LookThrough(_folder.Snapshot(commit)) is { Kind: FileKind.Folder };
        }
        catch (DiskException)
        {
            return false;
        }
    }
}
