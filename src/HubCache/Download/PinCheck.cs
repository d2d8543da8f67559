using HubCache.Blobs;
using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Resolving;
using HubCache.Store;

namespace HubCache.Download;

/// <summary>
/// Compares what a request turned out to mean with what its lock file says: all of it is exactly that, or nothing is fetched.
/// </summary>
internal sealed class PinCheck(Disk disk, RepoPaths folder, DownloadRequest request, bool offline)
{
    private readonly Dictionary<HubFileName, LockedFile> _locked = (request.Locked ?? []).ToDictionary(file => file.Name);
    private readonly CacheLookup _lookup = new(disk, folder);

    /// <summary>
    /// Gives every file of the request one error if any of them is not what the lock file says; cached bytes are hashed, however many they
    /// are.
    /// </summary>
    public void Check(IReadOnlyList<Selected> answers, CancellationToken cancellationToken)
    {
        FileState[] files = [.. answers.Select(answer => answer.File).OfType<FileState>()];
        HubCacheException? error = answers.Select(answer => answer.Failure).FirstOrDefault(failure => failure is not null)
            ?? files.Select(Contradiction).FirstOrDefault(contradiction => contradiction is not null);
        if (error is null)
        {
            CheckBytes(files, cancellationToken);
            error = Array.Find(files, file => file.Error is not null)?.Error;
        }

        if (error is not null)
        {
            FileState.Fail(files, error);
        }
    }

    /// <summary>Hashes what another process put there while the request was served.</summary>
    public void CheckArrived(IEnumerable<FileState> files, CancellationToken cancellationToken)
    {
        foreach (FileState file in files.Where(file => file is { Error: null, IsFetched: false, IsHashed: false }))
        {
            CheckHit(file, Expected(file), cancellationToken);
            file.Error ??= file.Hit is null ? Damaged(file.Name) : null;
        }
    }

    private LockedFile Expected(FileState file) => _locked[file.Name];

    private HubCacheException? Contradiction(FileState file)
    {
        LockedFile expected = Expected(file);
        return file.Metadata is not FileMetadata said || (said.ETag == expected.ETag && said.Length == expected.Length)
            ? null : new HubCacheException(
            HubErrorCode.HashMismatch,
            $"'{file.Name}' of '{request.RepoId}' at {request.Commit} is not what the lock file says: that has {expected.ETag} "
                + $"({expected.Length} bytes), the Hub {said.ETag} ({said.Length} bytes). Nothing of the repo was fetched.",
            file.Name.Value,
            "A commit never changes: the lock file was changed, or another Hub answers. Make a new one with Export-HubCache -LockFile.");
    }

    private void CheckBytes(FileState[] files, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.ForEach(files, options, file =>
        {
            LockedFile expected = Expected(file);
            if (file.Hit is not null)
            {
                CheckHit(file, expected, cancellationToken);
                file.Error = file.Hit is null && offline ? Damaged(file.Name) : null;
            }
            else if (file.Metadata is not null && _lookup.SeemsToHaveBlob(expected.ETag, expected.Length))
            {
                // It only lacks its name; it shall not get one that it does not deserve.
                file.IsSpoilt = !(file.IsHashed = HashesRight(folder.Blob(expected.ETag), expected, cancellationToken));
            }
        });
    }

    /// <summary>Takes a hit back that is not what it should be: then it is fetched.</summary>
    private void CheckHit(FileState file, LockedFile expected, CancellationToken cancellationToken)
    {
        CacheHit hit = file.Hit!;
        file.IsHashed = hit.Length == expected.Length
            && (hit.ETag is null || hit.ETag == expected.ETag)
            && HashesRight(hit.BlobPath, expected, cancellationToken);
        if (file.IsHashed)
        {
            file.Hit = hit with { ETag = expected.ETag };
            return;
        }

        file.Metadata ??= new FileMetadata(file.Commit!, expected.ETag, expected.Length, Location: null);
        (file.Hit, file.IsSpoilt) = (null, true);
    }

    private bool HashesRight(string path, LockedFile expected, CancellationToken cancellationToken)
    {
        try
        {
            return BlobHash.IsOf(disk, path, followLink: true, expected.ETag, expected.Length, cancellationToken);
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private HubCacheException Damaged(HubFileName name) => new(
        HubErrorCode.HashMismatch,
        $"What the cache has of '{name}' of '{request.RepoId}' does not have the hash that the lock file says, and the Hub is not asked.",
        name.Value,
        "Go online to have it fetched again (HF_HUB_OFFLINE, -Offline), or import it again.");
}
