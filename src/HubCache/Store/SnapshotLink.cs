using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Store;

/// <summary>The name of a blob in a snapshot: a symbolic link where those exist, else a hard link, else a copy.</summary>
internal sealed class SnapshotLink(Disk disk, RepoPaths folder, FolderFlush flush, bool withoutSymbolicLinks)
{
    private const int MostTries = 3;

    /// <summary>Makes the name stand for the blob. Writes nothing when it does already.</summary>
    /// <param name="commit">The snapshot.</param>
    /// <param name="file">The name in it.</param>
    /// <param name="etag">The blob, already published.</param>
    /// <param name="replaceCopy">Whether a regular file under the name, as clients without links make them, is replaced too.</param>
    /// <returns>Whether the name was made or replaced.</returns>
    public bool Ensure(CommitHash commit, HubFileName file, ETag etag, bool replaceCopy)
    {
        bool isNew = Publish(commit, file, etag, replaceCopy);
        NoExistMarker.Forget(disk, folder, commit, file);
        return isNew;
    }

    /// <summary>Takes a name back; the blob stays. Never throws.</summary>
    public void Remove(CommitHash commit, HubFileName file)
    {
        try
        {
            disk.Delete(folder.SnapshotFile(commit, file));
        }
        catch (DiskException)
        {
            // The disk fails by now; the error that began it is the one to report.
        }
    }

    private bool Publish(CommitHash commit, HubFileName file, ETag etag, bool replaceCopy)
    {
        string path = folder.SnapshotFile(commit, file);
        string target = RepoPaths.LinkTarget(file, etag);
        FileFacts? present = disk.Look(path);
        if (present is { Kind: FileKind.Link } && disk.ReadLink(path) == target)
        {
            return false;
        }

        if (present is { Kind: FileKind.File } && !replaceCopy
            && disk.LookThrough(folder.Blob(etag)) is FileFacts blob && blob.Length == present.Value.Length)
        {
            return false;
        }

        for (int tries = 1; ; tries++)
        {
            try
            {
                Make(path, target, folder.Blob(etag), isNew: present is null);
                Flush(commit, file);
                return true;
            }
            catch (DiskException e) when (e.Error == DiskError.NotFound && tries < MostTries)
            {
                // A snapshot without a ref is fair game for others: its folder went between two calls of ours.
            }
        }
    }

    private void Make(string path, string target, string blob, bool isNew)
    {
        FolderMaker.Ensure(disk, Path.GetDirectoryName(path)!);
        if (withoutSymbolicLinks || !TryLink(path, target, isNew))
        {
            PlaceFile(path, blob);
        }
    }

    private void Flush(CommitHash commit, HubFileName file)
    {
        try
        {
            flush.Flush(Path.GetDirectoryName(folder.SnapshotFile(commit, file))!);
        }
        catch (DiskException)
        {
            // A name that may not survive is not left behind as if it were done.
            Remove(commit, file);
            throw;
        }
    }

    private bool TryLink(string path, string target, bool isNew)
    {
        try
        {
            if (isNew)
            {
                disk.CreateSymbolicLink(path, target);
                return true;
            }
        }
        catch (DiskException e) when (e.Error == DiskError.Exists)
        {
            if (disk.ReadLink(path) == target)
            {
                return true;
            }
        }
        catch (DiskException e) when (e.Error is DiskError.NotSupported or DiskError.AccessDenied)
        {
            return false;
        }

        return Place(path, temp => disk.CreateSymbolicLink(temp, target));
    }

    private void PlaceFile(string path, string blob)
    {
        if (!Place(path, temp => disk.CreateHardLink(temp, blob)))
        {
            Copy(blob, path);
        }
    }

    private bool Place(string path, Action<string> makeLink) => TempLink.Place(disk, folder.Blobs, path, makeLink);

    private void Copy(string blob, string path)
    {
        using var source = disk.OpenForReading(blob, followLink: true);
        using Temp copy = Temp.Create(disk, folder.Blobs, "copy");
        copy.CopyFrom(source, blob);
        copy.Flush();
        copy.RenameTo(path);
    }
}
