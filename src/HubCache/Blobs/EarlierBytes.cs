using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Blobs;

/// <summary>
/// Finds what earlier downloads of a blob left on the disk, for a new one to go on from. Whatever is wrong with it shows in the hash of the
/// whole.
/// </summary>
internal sealed class EarlierBytes(Disk disk, RepoPaths folder, ETag etag, long length, Contenders rivals)
{
    /// <summary>Bytes. Below this size a new download is faster than looking for old bytes.</summary>
    public const long Least = 1 << 20;

    /// <summary>Takes over the longest temp whose download is dead. It is gone from there: two never go on with one file.</summary>
    public Temp? TakeOver()
    {
        return Find(IsDead).Select(left => Temp.TakeOver(disk, folder, etag, left.Name, length)).FirstOrDefault(temp => temp is not null);
    }

    /// <summary>Whether there is something to copy.</summary>
    /// <param name="now">Now by the file system's clock.</param>
    public bool HasCopyable(DateTime now) => FindCopyable(now).Count > 0;

    /// <summary>
    /// Copies the longest file without a live owner that is not ours to rename: of another user, of another client, or of a download that
    /// may wake up.
    /// </summary>
    /// <param name="now">Now by the file system's clock.</param>
    public Temp? Copy(DateTime now) => FindCopyable(now).Select(left => Copy(left.Name)).FirstOrDefault(temp => temp is not null);

    private List<Contender> FindCopyable(DateTime now)
    {
        // The length of the whole and still no blob: Xet's files have holes in between.
        return Find(left => IsDead(left) || ((now - left.Modified >= ProtocolTimes.Stale || rivals.HasGivenUp(left))
            && (IncompleteName.IsOurs(left.Name) || left.Length < length)));
    }

    private bool IsDead(Contender left)
        => IncompleteName.IsOurs(left.Name) && Liveness.JudgeAtOnce(Path.Combine(folder.Blobs, left.Name)) is { IsDead: true };

    private List<Contender> Find(Func<Contender, bool> wanted)
    {
        var found = new List<Contender>();
        try
        {
            foreach (string name in disk.List(folder.Blobs).Where(name => IncompleteName.IsOf(etag, name)))
            {
                if (disk.Look(Path.Combine(folder.Blobs, name))
                    is { Kind: FileKind.File } facts && facts.Length >= Least && facts.Length <= length
                    && new Contender(name, facts.Length, facts.Modified) is var left && wanted(left))
                {
                    found.Add(left);
                }
            }
        }
        catch (DiskException)
        {
            // What cannot be seen is fetched again.
        }

        return [.. found.OrderByDescending(left => left.Length)];
    }

    private Temp? Copy(string name)
    {
        Temp? copy = null;
        try
        {
            string path = Path.Combine(folder.Blobs, name);
            using SafeFileHandle source = disk.OpenForReading(path, followLink: false);
            copy = Temp.CreateForBlob(disk, folder, etag);
            copy.CopyFrom(source, path);
            if (copy.Length <= length)
            {
                return copy;
            }
        }
        catch (DiskException)
        {
            // As above.
        }

        copy?.Dispose();
        return null;
    }
}
