using System.Text;
using HubCache.Names;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Cache;

/// <summary>The file under <c>refs/</c> that says which commit a branch or tag stands for.</summary>
internal sealed class RefFile(Disk disk, RepoFolder folder, Revision revision)
{
    // A ref is 40 digits; anything much longer is something else.
    private const int LongestRef = 256;

    private readonly string _path = folder.Ref(revision);

    /// <summary>The commit in the file; null when there is no file or it holds none.</summary>
    public CommitHash? Read() => ReadWithTime()?.Commit;

    /// <summary>The commit in the file, and when it was written, by the file system's clock; null when there is no file or it holds none.</summary>
    public (CommitHash Commit, DateTime Written)? ReadWithTime()
    {
        try
        {
            using SafeFileHandle file = disk.OpenForReading(_path, followLink: true);
            Span<byte> buffer = stackalloc byte[LongestRef];
            int length = disk.Read(file, buffer, 0, _path);
            return CommitHash.TryParse(Encoding.UTF8.GetString(buffer[..length])) is CommitHash commit ? (commit, disk.Look(file, _path).Modified) : null;
        }
        catch (DiskException)
        {
            return null;
        }
    }

    /// <summary>Moves the ref, unless it holds the commit already or somebody else moved it since it was read.</summary>
    /// <param name="commit">Where to.</param>
    /// <param name="seenBefore">What the file held when the request began.</param>
    /// <returns>Whether anything was written.</returns>
    public bool Move(CommitHash commit, CommitHash? seenBefore)
    {
        CommitHash? present = Read();
        if (present == commit || (present is not null && present != seenBefore))
        {
            // One that was removed meanwhile is not one that somebody moved: without it nothing protects the files.
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
        temp.RenameTo(_path);
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
