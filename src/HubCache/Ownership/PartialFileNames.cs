using System.Text;
using System.Text.RegularExpressions;
using HubCache.Names;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Ownership;

/// <summary>
/// Which files of a repo's folder are partial downloads or other leftovers, ours and other clients'. By place and name; never a link or a
/// folder.
/// </summary>
internal sealed partial class PartialFileNames(Disk disk, RepoPaths folder)
{
    private const int LongestRef = 256;

    /// <summary>Whether what cannot be read is an error; else it counts as nothing.</summary>
    public bool FailsOnUnreadable { get; init; }

    /// <summary>Is told what cannot be read where that is not an error.</summary>
    public Action<DiskException>? OnUnreadable { get; init; }

    /// <summary>All of them.</summary>
    /// <exception cref="DiskException">Something cannot be read, and <see cref="FailsOnUnreadable"/> is set.</exception>
    public IEnumerable<(string Path, FileFacts Facts)> All(CancellationToken cancellationToken)
    {
        foreach (string root in (string[])[folder.FullName, folder.Blobs, folder.Refs, folder.Trees])
        {
            var folders = new Stack<string>([root]);
            while (folders.TryPop(out string? parent))
            {
                // A link is not followed, not even here: it could make a stranger's folder ours to clean.
                foreach (string path in IsFolder(parent) ? Entries(parent) : [])
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (At(path) is FileFacts facts)
                    {
                        yield return (path, facts);
                    }
                    else if (root == folder.Refs)
                    {
                        folders.Push(path);
                    }
                }
            }
        }
    }

    /// <summary>What the leftover at the path looks like now; null when there is none.</summary>
    public FileFacts? At(string path)
    {
        try
        {
            return MayBeAt(path) && disk.Look(path) is { Kind: FileKind.File } facts && !IsRef(path) ? facts : null;
        }
        catch (DiskException e) when (!FailsOnUnreadable)
        {
            OnUnreadable?.Invoke(e);
            return null;
        }
    }

    /// <summary>Whether the place and the name are a leftover's, whatever lies there.</summary>
    public bool MayBeAt(string path)
    {
        string name = Path.GetFileName(path);
        string? parent = Path.GetDirectoryName(path);
        return parent == folder.Blobs ? IsNameInBlobs(name)
            : parent == folder.Trees ? IsNameInTrees(name)

            // Where older releases of huggingface_hub left their probe of the umask.
            : parent == folder.FullName ? IsProbe(name)
            : RepoPaths.LiesIn(path, folder.Refs) && IsNameInRefs(name);
    }

    /// <summary>
    /// Whether nothing between the repo's folder and the file is a link, which could lead anywhere. A folder that is missing leads nowhere.
    /// </summary>
    public bool IsReachedWithoutLinks(string path)
    {
        string parent = Path.GetDirectoryName(path)!;
        return parent == folder.FullName || (IsFolder(parent, orNothing: true) && IsReachedWithoutLinks(parent));
    }

    /// <summary>Whether a file of this name in <c>blobs/</c> is a leftover.</summary>
    public static bool IsNameInBlobs(string name)
    {
        return !IsNfsName(name)
            && (name.EndsWith(IncompleteName.Suffix, StringComparison.Ordinal)
                || name.EndsWith(".part", StringComparison.Ordinal)
                || IsProbe(name));
    }

    private static bool IsNameInTrees(string name)
        => !IsNfsName(name) && (name.EndsWith(".tmp", StringComparison.Ordinal) || IsProbe(name));

    private static bool IsNameInRefs(string name) => !IsNfsName(name) && name.EndsWith(".tmp", StringComparison.Ordinal);

    private static bool IsProbe(string name) => name.StartsWith("tmp_", StringComparison.Ordinal);

    // Such a file is the last name of a file that a process has open; removing it would take the file from that process.
    private static bool IsNfsName(string name) => name.StartsWith(".nfs", StringComparison.Ordinal);

    /// <summary>
    /// Whether a file in <c>refs/</c> is a branch or tag whose name merely looks like a leftover's: git allows <c>x.tmp</c>.
    /// </summary>
    private bool IsRef(string path)
    {
        if (!RepoPaths.LiesIn(path, folder.Refs) || TempOfRef().IsMatch(path))
        {
            return false;
        }

        using SafeFileHandle file = disk.OpenForReading(path, followLink: false);
        Span<byte> buffer = stackalloc byte[LongestRef];
        int length = disk.Read(file, buffer, 0, path);
        return CommitHash.TryParse(Encoding.UTF8.GetString(buffer[..length])) is CommitHash commit
            && disk.LookThrough(Path.Combine(folder.Snapshots, commit.Value)) is { Kind: FileKind.Folder };
    }

    private bool IsFolder(string path, bool orNothing = false)
    {
        try
        {
            return disk.Look(path) is FileFacts facts ? facts.Kind == FileKind.Folder : orNothing;
        }
        catch (DiskException e) when (!FailsOnUnreadable)
        {
            OnUnreadable?.Invoke(e);
            return false;
        }
    }

    private IEnumerable<string> Entries(string path)
    {
        try
        {
            return disk.List(path).Order(StringComparer.Ordinal).Select(name => Path.Combine(path, name));
        }
        catch (DiskException e) when (!FailsOnUnreadable)
        {
            OnUnreadable?.Invoke(e);
            return [];
        }
    }

    // How huggingface_hub names the file that is to become a ref.
    [GeneratedRegex(@"\.[0-9a-f]{8}\.tmp\z")]
    private static partial Regex TempOfRef();
}
