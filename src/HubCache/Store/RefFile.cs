using System.Text;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Store;

/// <summary>The file under <c>refs/</c> that says which commit a branch or tag stands for.</summary>
internal sealed class RefFile(Disk disk, RepoPaths folder, Revision revision)
{
    // A ref is 40 digits; anything much longer is something else.
    private const int LongestRef = 256;

    private readonly string _path = folder.Ref(revision);

    /// <summary>The commit in the file; null when there is no file or it holds none.</summary>
    /// <exception cref="DiskException">The file cannot be read: nobody knows whether it stands for a commit.</exception>
    public CommitHash? Read() => Look() switch
    {
        RefContent.Present present => present.Commit,
        RefContent.Unreadable unreadable => throw unreadable.Error,
        _ => null,
    };

    /// <summary>What the file says, or that it cannot be read. Never throws.</summary>
    public RefContent Look()
    {
        try
        {
            using SafeFileHandle file = disk.OpenForReading(_path, followLink: true);
            Span<byte> buffer = stackalloc byte[LongestRef];
            int length = disk.Read(file, buffer, 0, _path);
            return CommitHash.TryParse(Encoding.UTF8.GetString(buffer[..length])) is CommitHash commit
                ? new RefContent.Present(commit, disk.Look(file, _path).Modified)
                : new RefContent.NoCommit();
        }
        catch (DiskException e)
        {
            return e.Error switch
            {
                DiskError.NotFound or DiskError.NotAFolder => new RefContent.Missing(),
                DiskError.IsAFolder or DiskError.LinkRefused => new RefContent.NoCommit(),
                DiskError.AccessDenied when IsFolder() => new RefContent.NoCommit(),
                _ => new RefContent.Unreadable(e),
            };
        }
    }

    /// <summary>
    /// What keeps the ref from being written for good: another ref whose name is a part of this one's, or the other way round. Null when
    /// nothing does.
    /// </summary>
    public string? Blocker()
    {
        try
        {
            for (string path = Path.GetDirectoryName(_path)!; path.Length > folder.Refs.Length; path = Path.GetDirectoryName(path)!)
            {
                if (disk.LookThrough(path) is { Kind: FileKind.File })
                {
                    return path;
                }
            }

            return IsFolder() ? _path : null;
        }
        catch (DiskException)
        {
            return null;
        }
    }

    /// <summary>Moves the ref, unless it holds the commit already or another process moved it after it was read.</summary>
    /// <param name="commit">Where to.</param>
    /// <param name="seenBefore">What the file held when the request began.</param>
    /// <returns>Whether anything was written.</returns>
    /// <exception cref="DiskException">The ref could not be read, or was not written; or it was and may not survive a power
    /// cut.</exception>
    public bool Move(CommitHash commit, CommitHash? seenBefore)
    {
        CommitHash? present = Read();
        if (present == commit || (present is not null && present != seenBefore))
        {
            // A ref that was removed meanwhile is made again, since without it nothing protects the files.
            return false;
        }

        FolderMaker.Ensure(disk, Path.GetDirectoryName(_path)!);
        Write(commit);
        try
        {
            disk.FlushFolder(Path.GetDirectoryName(_path)!);
            return true;
        }
        catch (DiskException)
        {
            // What may not survive is not left behind as if it were done.
            PutBack(present);
            throw;
        }
    }

    /// <summary>Writes the ref, over whatever the file holds.</summary>
    /// <exception cref="DiskException">It was not written; or it was and may not survive a power cut.</exception>
    public void Set(CommitHash commit)
    {
        FolderMaker.Ensure(disk, Path.GetDirectoryName(_path)!);
        Write(commit);
        disk.FlushFolder(Path.GetDirectoryName(_path)!);
    }

    private void Write(CommitHash commit)
    {
        // The temp lies in blobs/: a stray file in refs/ makes huggingface_hub reject the whole repo.
        using Temp temp = Temp.Create(disk, folder.Blobs, "ref");
        temp.Append(Encoding.ASCII.GetBytes(commit.Value));
        temp.Flush();
        try
        {
            temp.RenameTo(_path);
        }
        catch (DiskException) when (IsAt(temp))
        {
            // NFS repeats a rename whose answer was lost, and calls the one that was done a failure.
        }
    }

    private bool IsAt(Temp temp)
    {
        try
        {
            return disk.Look(_path)?.Identity == temp.Look().Identity;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private bool IsFolder()
    {
        try
        {
            return disk.LookThrough(_path) is { Kind: FileKind.Folder };
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private void PutBack(CommitHash? present)
    {
        try
        {
            if (present is null)
            {
                disk.Delete(_path);
            }
            else
            {
                Write(present);
            }
        }
        catch (DiskException)
        {
            // The disk fails by now; the error that began it is the one to report.
        }
    }
}
