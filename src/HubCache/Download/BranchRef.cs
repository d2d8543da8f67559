using HubCache.Cache;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Resolving;

namespace HubCache.Download;

/// <summary>The ref of a request's branch: read when the request begins, and moved in the end only if nobody else has.</summary>
internal sealed class BranchRef
{
    private readonly DownloadMeans _means;
    private readonly DownloadRequest _request;
    private readonly RepoFolder _folder;
    private readonly IDownloadObserver _observer;
    private readonly RefFile? _file;

    public BranchRef(DownloadMeans means, DownloadRequest request, RepoFolder folder, IDownloadObserver observer)
    {
        (_means, _request, _folder, _observer) = (means, request, folder, observer);

        // A pinned commit says nothing of where the branch is now; the reference client moves no ref for one either.
        _file = (request.Commit ?? request.Revision.Commit) is null ? new RefFile(means.Disk, folder, request.Revision) : null;
        SeenBefore = _file?.Read();
    }

    /// <summary>Whether the request moves a ref at all.</summary>
    public bool IsMoving => _file is not null;

    /// <summary>What the ref said when the request began; null when it said nothing, or is not moved.</summary>
    public CommitHash? SeenBefore { get; }

    /// <summary>Whether the ref is there now.</summary>
    public bool IsThere => _file?.Read() is not null;

    /// <summary>Moves the ref. For hits alone that is best effort: they are served from read-only caches too.</summary>
    /// <param name="files">The files of the request, all of them in place. Where the ref cannot be moved for what was written, they get that error.</param>
    /// <param name="mayRedo">Whether there may be another try.</param>
    /// <param name="isMoved">Whether the ref was written.</param>
    /// <returns>False when a clean-up took the folder away and it is worth another try.</returns>
    public bool TryMove(FileState[] files, bool mayRedo, out bool isMoved)
    {
        isMoved = false;
        CommitHash commit = files[0].Commit!;
        if (!Array.Exists(files, file => file.Hit is { IsReadOnly: false }) && !HasSnapshot(commit))
        {
            // All of it lies in other caches. A ref without its snapshot makes huggingface_hub call the whole repo corrupt.
            return true;
        }

        try
        {
            isMoved = _file!.Move(commit, SeenBefore);
        }
        catch (DiskException e) when (mayRedo && e.Error == DiskError.NotFound)
        {
            return false;
        }
        catch (DiskException e) when (Array.Exists(files, file => file.IsOurs))
        {
            foreach (FileState file in files.Where(file => file.IsLinked))
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
