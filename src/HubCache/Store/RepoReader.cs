using HubCache.Model;
using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Store;

/// <summary>Reads one repo's folder, and writes down what is wrong instead of failing: one broken thing must not hide the rest.</summary>
internal sealed class RepoReader(Disk disk, RepoPaths folder, CancellationToken cancellationToken)
{
    private readonly List<Finding> _findings = [];

    public Disk Disk => disk;

    public RepoPaths Folder => folder;

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>The same for people, a sentence each.</summary>
    public IReadOnlyList<string> Problems => [.. _findings.Select(finding => finding.Sentence)];

    /// <summary>The full paths of what lies in a folder, by name. Without what file systems and desktops leave lying about.</summary>
    public IEnumerable<string> Entries(string path)
    {
        IReadOnlyList<string> names = Ask(path, () => disk.List(path)) ?? [];
        foreach (string name in names.Order(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();

            // NFS keeps a removed file under such a name while a process has it open.
            if (!name.StartsWith(".nfs", StringComparison.Ordinal))
            {
                yield return Path.Combine(path, name);
            }
        }
    }

    /// <summary>What is at the path, a link itself; null when nothing is or it cannot be read.</summary>
    public FileFacts? Look(string path) => Ask(path, () => disk.Look(path));

    /// <summary>What is at the path, links followed; null when nothing is or it cannot be read.</summary>
    public FileFacts? LookThrough(string path) => Ask(path, () => disk.LookThrough(path));

    /// <summary>Where a link points; null when the path is no link or cannot be looked at.</summary>
    public string? ReadLink(string path) => Ask(path, () => disk.ReadLink(path));

    /// <summary>Whether a folder, or a link to one, is at the path. Something else there is a problem; nothing is none.</summary>
    public bool HasFolder(string path)
    {
        int before = _findings.Count;
        FileFacts? facts = LookThrough(path);
        if (facts is null && _findings.Count == before && Look(path) is not null)
        {
            Note(ProblemKind.NotAFolder, path, "is a link to nothing");
        }
        else if (facts is { Kind: not FileKind.Folder })
        {
            Note(ProblemKind.NotAFolder, path, "is no folder, where one should be");
        }

        return facts is { Kind: FileKind.Folder };
    }

    /// <summary>Writes down what is wrong with the thing at a path.</summary>
    public void Note(ProblemKind kind, string path, string fault) => Note(NewFinding(kind, path, fault));

    /// <summary>Adds a finding.</summary>
    public void Note(Finding finding) => _findings.Add(finding);

    /// <summary>What is wrong with the thing at a path, not written down yet.</summary>
    public Finding NewFinding(ProblemKind kind, string path, string fault) => new(kind, path, $"{Shown(path)} {fault}.");

    private string Shown(string path)
    {
        string? root = RepoPaths.LiesIn(path, folder.FullName) ? folder.FullName
            : path != folder.FullName && RepoPaths.LiesIn(path, folder.CachePath) ? folder.CachePath
            : null;
        return root is null ? "The repo's folder" : $"'{path[(root.Length + 1)..].Replace(Path.DirectorySeparatorChar, '/')}'";
    }

    private T? Ask<T>(string path, Func<T> question)
    {
        try
        {
            return question();
        }
        catch (DiskException e)
        {
            Note(ProblemKind.Unreadable, path, $"cannot be read ({e.Message})");
            return default;
        }
    }
}
