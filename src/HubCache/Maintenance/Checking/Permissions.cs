using System.Globalization;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Checking;

/// <summary>Which permissions a cache's files and folders must have, by what its root says of with whom it is shared.</summary>
/// <remarks>
/// Blobs and refs are never written in place: to replace one takes the right to write in its folder. Only lock files are opened for
/// writing.
/// </remarks>
internal sealed class Permissions
{
    private const int SetGroup = 0x400;
    private const int GroupWrite = 0x10;
    private const int OthersWrite = 0x2;

    private readonly int _folder;
    private readonly int _file;
    private readonly int _lockFile;

    private Permissions(int rootMode, int repoMode)
    {
        int mode = rootMode | (repoMode & (SetGroup | GroupWrite));

        // A cache that its owner may not write in is read-only on purpose.
        int owner = (rootMode & 0x80) != 0 ? 0x1C0 : 0x140;
        int group = (mode & GroupWrite) != 0 ? 0x38 : (mode & SetGroup) != 0 ? 0x28 : 0;

        // Without the bit, a new file belongs to the group of its writer, and not to the group that shares the cache.
        int setGroup = rootMode & SetGroup;
        int others = (rootMode & OthersWrite) != 0 ? 0x7 : 0;
        _folder = owner | group | others | setGroup;
        _file = 0x100 | (group & 0x20) | (others & 0x4);
        _lockFile = _file | 0x80 | (group & 0x10) | (others & 0x2);
    }

    /// <summary>The permissions of a repo's things; null where the system has none.</summary>
    public static Permissions? Of(Disk disk, RepoPaths folder)
    {
        try
        {
            return disk.LookThrough(folder.CachePath)?.Mode is int root && disk.LookThrough(folder.FullName)?.Mode is int repo
                ? new Permissions(root, repo)
                : null;
        }
        catch (DiskException)
        {
            return null;
        }
    }

    /// <summary>The permissions of what belongs to the cache and to no repo; null where the system has none.</summary>
    public static Permissions? OfCache(Disk disk, string cachePath)
    {
        try
        {
            return disk.LookThrough(cachePath)?.Mode is int root ? new Permissions(root, root) : null;
        }
        catch (DiskException)
        {
            return null;
        }
    }

    /// <summary>
    /// The mode that the thing should have; the one that it has when nothing is wrong. Null for a link, or where there are no modes.
    /// </summary>
    public int? Wanted(FileFacts facts, bool isLockFile)
    {
        return facts.Kind switch
        {
            FileKind.Folder => facts.Mode | _folder,
            FileKind.File => facts.Mode | (isLockFile ? _lockFile : _file),
            _ => null,
        };
    }

    /// <summary>Everything in a repo's folder, and its lock files, with the mode that it lacks.</summary>
    public IEnumerable<(string Path, FileFacts Facts, int Wanted)> Lacking(RepoReader reader)
    {
        string locks = reader.Folder.Locks;
        foreach (string root in (string[])[reader.Folder.FullName, locks])
        {
            var paths = new Stack<string>([root]);
            while (paths.TryPop(out string? path))
            {
                if (Look(path) is not FileFacts facts || PartialFileNames.IsNameInBlobs(Path.GetFileName(path)))
                {
                    continue;
                }

                if (Wanted(facts, isLockFile: root == locks) is int wanted && wanted != facts.Mode)
                {
                    yield return (path, facts, wanted);
                }

                if (facts.Kind == FileKind.Folder)
                {
                    foreach (string entry in reader.Entries(path))
                    {
                        paths.Push(entry);
                    }
                }
            }
        }

        FileFacts? Look(string path)
        {
            try
            {
                return reader.Disk.Look(path);
            }
            catch (DiskException)
            {
                // The code that needs it reports the error.
                return null;
            }
        }
    }

    /// <summary>What is wrong with a mode, as the end of a sentence.</summary>
    public static string Fault(FileFacts facts, int wanted)
    {
        int lacking = wanted & ~facts.Mode!.Value;
        string who = (lacking & 0x1C0) != 0 ? "its owner cannot use it"
            : (lacking & 0x38) != 0 ? "the cache is shared with a group that cannot use it"
            : (lacking & 0x7) != 0 ? "the cache is shared with everybody, and not everybody can use it"
            : "what comes into it does not belong to the group that shares the cache";
        return string.Create(CultureInfo.InvariantCulture, $"has the mode {Octal(facts.Mode.Value)}: {who}; {Octal(wanted)} would do");
    }

    /// <summary>How bad a lack is.</summary>
    public static ProblemSeverity Severity(FileFacts facts, int wanted)
        => (wanted & ~facts.Mode!.Value & 0x1C0) != 0 ? ProblemSeverity.Error : ProblemSeverity.Warning;

    private static string Octal(int mode) => Convert.ToString(mode, 8).PadLeft(4, '0');
}
