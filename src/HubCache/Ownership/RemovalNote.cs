using System.Security.Cryptography;
using System.Text;
using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Ownership;

/// <summary>
/// Remembers, while a removal works, which commit a ref stood for that is gone already: an interrupted removal by the ref's name
/// finds the rest by it. An empty file in <c>.locks/&lt;repo folder&gt;/</c>, whose name says all: the commit, and the SHA-256 of the ref's
/// name.
/// </summary>
internal sealed class RemovalNote(Disk disk, RepoPaths folder)
{
    private const string Suffix = ".removing";

    /// <summary>Leaves a note before the ref goes. It only helps to finish an interrupted removal, so a failure is not an error.</summary>
    public void Leave(string refName, CommitHash commit)
    {
        try
        {
            FolderMaker.Ensure(disk, folder.Locks);
            disk.CreateNew(PathOf(refName, commit)).Dispose();
            disk.FlushFolder(folder.Locks);
        }
        catch (DiskException)
        {
            // One is there from an earlier removal, or the disk is full: then what is left has to be named by its commit.
        }
    }

    /// <summary>The commit that an interrupted removal took the ref from; null when there was none.</summary>
    /// <exception cref="DiskException">The notes cannot be read.</exception>
    public CommitHash? Find(string refName)
    {
        string end = $".{HashOf(refName)}{Suffix}";
        return Names()
            .Where(name => name.EndsWith(end, StringComparison.Ordinal))
            .Select(name => CommitHash.TryParse(name[..^end.Length]))
            .FirstOrDefault(commit => commit is not null);
    }

    /// <summary>Takes away the notes of commits whose removal is done, and those of which nothing is left. Never throws.</summary>
    public void Forget(IReadOnlySet<CommitHash> done)
    {
        try
        {
            foreach (string name in Names())
            {
                if (CommitHash.TryParse(name.Split('.')[0]) is CommitHash commit
                    && (done.Contains(commit) || disk.Look(folder.Snapshot(commit)) is null))
                {
                    disk.Delete(Path.Combine(folder.Locks, name));
                }
            }
        }
        catch (DiskException)
        {
            // The next removal by that name finds nothing to do, and tries again.
        }
    }

    /// <summary>Removes the notes of a commit that is downloaded again: an interrupted removal must not be finished on it.
    /// Never throws.</summary>
    public void Withdraw(CommitHash commit)
    {
        try
        {
            foreach (string name in Names().Where(name => name.StartsWith(commit.Value, StringComparison.Ordinal)).ToList())
            {
                disk.Delete(Path.Combine(folder.Locks, name));
            }
        }
        catch (DiskException)
        {
            // A cache that cannot be written to loses nothing by a removal either.
        }
    }

    private IEnumerable<string> Names() => disk.List(folder.Locks).Where(name => name.EndsWith(Suffix, StringComparison.Ordinal));

    private string PathOf(string refName, CommitHash commit) => Path.Combine(folder.Locks, $"{commit}.{HashOf(refName)}{Suffix}");

    private static string HashOf(string refName)
        => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(refName))).ToLowerInvariant();
}
