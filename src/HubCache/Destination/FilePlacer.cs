using HubCache.Blobs;
using HubCache.Ownership;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Destination;

/// <summary>Puts one file of the cache into its place in a destination: a hard link when asked, else a clone, else a copy.</summary>
internal sealed class FilePlacer(Disk disk, LocalFolder folder, bool hardLink, CopyRoom room, IDownloadObserver observer)
{
    // More links in a row than this are a circle.
    private const int MostLinks = 16;

    /// <summary>Puts the file into its place, whatever is there, on the disk. Its metadata are left to the caller.</summary>
    /// <exception cref="DiskException">The disk failed; what was there is there still, or the file is but may not survive.</exception>
    /// <exception cref="HubCacheException">No room, or the cache's bytes are wrong.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was changed.</exception>
    public void Place(Placement file, CancellationToken cancellationToken)
    {
        FolderMaker.Ensure(disk, Path.GetDirectoryName(file.Path)!);
        FolderMaker.Ensure(disk, folder.TempFolderOf(file.Name));

        // A hard link is one more name in the other's file, and a way to write to it.
        if (!(hardLink && !file.Source.IsReadOnly && TryLink(file)))
        {
            CloneOrCopy(file, cancellationToken);
        }

        disk.FlushFolder(Path.GetDirectoryName(file.Path)!);
    }

    private bool TryLink(Placement file)
    {
        // link(2) follows no symbolic link, and a blob may be one, into the shared store.
        string source = file.Source.BlobPath;
        for (int links = 0; links < MostLinks && disk.ReadLink(source) is string target; links++)
        {
            source = Path.GetFullPath(target, Path.GetDirectoryName(source)!);
        }

        bool isLinked = TempLink.Place(disk, folder.TempFolderOf(file.Name), file.Path, temp =>
        {
            disk.CreateHardLink(temp, source);
            ForgetOld(file.Name);
        });
        if (!isLinked)
        {
            observer.Note($"{file.Name}: no hard link can be made from the cache to '{file.Path}'; its bytes are cloned or copied.");
        }

        return isLinked;
    }

    private void CloneOrCopy(Placement file, CancellationToken cancellationToken)
    {
        string blob = file.Source.BlobPath;
        using SafeFileHandle source = disk.OpenForReading(blob, followLink: true);
        using Temp temp = Temp.Create(disk, folder.TempFolderOf(file.Name), "copy");
        if (!temp.TryClone(source))
        {
            room.Require();
            Copy(file, source, temp, cancellationToken);
        }

        temp.Flush();
        ForgetOld(file.Name);
        temp.RenameTo(file.Path);
    }

    private void Copy(Placement file, SafeFileHandle source, Temp temp, CancellationToken cancellationToken)
    {
        (long length, string blob) = (file.Source.Length, file.Source.BlobPath);
        var progress = new FileProgress(file.Name.Value, length) { Activity = "Copying" };
        observer.Begin(progress);
        try
        {
            temp.Reserve(length);
            using BlobHash? hash = file is { IsVerified: false, Source.ETag: ETag etag } ? new BlobHash(etag, length) : null;
            FileBlocks.Read(
                disk,
                source,
                blob,
                block =>
                {
                    hash?.Append(block);
                    temp.Append(block);
                    progress.Reached(temp.Length);
                },
                cancellationToken);
            if (temp.Length != length || hash?.Matches() == false)
            {
                throw new HubCacheException(
                    HubErrorCode.HashMismatch,
                    $"'{blob}' in the cache does not have the length or the hash of '{file.Name}': it was changed. It was not laid out.",
                    blob,
                    "Fetch the file again with -Force.");
            }
        }
        finally
        {
            progress.IsFinished = true;
        }
    }

    /// <summary>
    /// Takes the old metadata away, and their name off the disk, before the file changes: after a power cut in between they would say of
    /// the new bytes, which may be no younger, that they are the old.
    /// </summary>
    private void ForgetOld(HubFileName file)
    {
        if (disk.Delete(folder.MetadataOf(file)))
        {
            disk.FlushFolder(folder.TempFolderOf(file));
        }
    }
}
