using HubCache.Names;
using HubCache.Ownership;

namespace HubCache.Maintenance.Checking;

/// <summary>Says what a path in a repo's folder stands for, by its name alone.</summary>
internal static class RepoPlaces
{
    /// <summary>What is moved out of the way, kept, and nobody's trouble any more. The prefix of its name in <c>blobs/</c>.</summary>
    public const string AsidePrefix = "aside";

    private const string NoExistName = ".no_exist";

    public static string NoExist(RepoPaths folder) => Path.Combine(folder.FullName, NoExistName);

    /// <summary>Whether a file was moved out of the way by a repair.</summary>
    public static bool IsAside(string path) => IncompleteName.TryParse(Path.GetFileName(path))?.Prefix == AsidePrefix;

    /// <summary>Files that desktops leave lying about; all clients pass over them.</summary>
    public static bool IsDesktopFile(string path) => Path.GetFileName(path) is ".DS_Store" or "Thumbs.db" or "desktop.ini";

    /// <summary>The commit whose listing lies at the path; null for any other path.</summary>
    public static CommitHash? CommitOfTree(RepoPaths folder, string path)
    {
        const string Suffix = ".json";
        string name = Path.GetFileName(path);
        return Path.GetDirectoryName(path) == folder.Trees && name.EndsWith(Suffix, StringComparison.Ordinal)
            && CommitHash.TryParse(name[..^Suffix.Length]) is CommitHash commit && commit.Value + Suffix == name ? commit : null;
    }

    /// <summary>
    /// The commit and the file that a path in a snapshot, or the mark that there is no such file, stands for. Either is null where the path
    /// says nothing of it.
    /// </summary>
    public static (CommitHash? Commit, string? FileName) FileAt(RepoPaths folder, string path)
    {
        foreach (string root in (string[])[folder.Snapshots, NoExist(folder)])
        {
            if (RepoPaths.LiesIn(path, root))
            {
                string[] parts = path[(root.Length + 1)..].Split(Path.DirectorySeparatorChar);
                CommitHash? commit = CommitHash.TryParse(parts[0]);
                return (commit, commit is not null && parts.Length > 1 ? string.Join('/', parts[1..]) : null);
            }
        }

        return (CommitOfTree(folder, path), null);
    }

    /// <summary>The etag that a path in <c>blobs/</c> is the name of; null for any other path.</summary>
    public static ETag? BlobAt(RepoPaths folder, string path)
        => Path.GetDirectoryName(path) == folder.Blobs ? ETag.TryParse(Path.GetFileName(path)) : null;

    /// <summary>The name of the ref whose file lies at the path, whether it can be one or not; null for any other path.</summary>
    public static string? RefAt(RepoPaths folder, string path)
        => RepoPaths.LiesIn(path, folder.Refs) ? path[(folder.Refs.Length + 1)..].Replace(Path.DirectorySeparatorChar, '/') : null;
}
