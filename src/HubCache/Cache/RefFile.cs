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
    public CommitHash? Read()
    {
        try
        {
            using SafeFileHandle file = disk.OpenForReading(_path, followLink: true);
            Span<byte> buffer = stackalloc byte[LongestRef];
            int length = disk.Read(file, buffer, 0, _path);
            return CommitHash.TryParse(Encoding.UTF8.GetString(buffer[..length]));
        }
        catch (DiskException)
        {
            return null;
        }
    }

    /// <summary>Moves the ref, unless it holds the commit already or somebody else moved it since it was read.</summary>
    /// <param name="commit">Where to.</param>
    /// <param name="seenBefore">What the file held when the request began.</param>
    public void Move(CommitHash commit, CommitHash? seenBefore)
    {
        CommitHash? present = Read();
        if (present == commit || present != seenBefore)
        {
            return;
        }

        string parent = Path.GetDirectoryName(_path)!;
        FolderMaker.Ensure(disk, parent);

        // The temp lies in blobs/: a stray file in refs/ makes huggingface_hub reject the whole repo.
        using Temp temp = Temp.Create(disk, folder.Blobs, "ref");
        temp.Append(Encoding.ASCII.GetBytes(commit.Value));
        temp.Flush();
        temp.RenameTo(_path);
        disk.FlushFolder(parent);
    }
}
