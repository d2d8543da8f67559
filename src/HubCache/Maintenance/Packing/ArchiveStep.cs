using System.Globalization;
using HubCache.Names;

namespace HubCache.Maintenance.Packing;

/// <summary>One entry that an archive has by its list: nothing but what the list and our layout say.</summary>
/// <param name="Entry">How it stands in the archive.</param>
/// <param name="Repo">What it belongs to.</param>
/// <param name="Blob">The file whose bytes it is; null for anything else.</param>
internal sealed record ArchiveStep(TarEntry Entry, PackedRepo Repo, LockedFile? Blob = null)
{
    /// <summary>
    /// Where the list lies in the archive: in the one folder of a cache that all clients pass over, so that an archive that was unpacked by
    /// <c>tar</c> alone makes none of them complain of a stray file.
    /// </summary>
    public const string ListName = ".locks/hubcache-export.json";

    /// <summary>The ref that it is; null for anything else.</summary>
    public Revision? Ref { get; init; }

    /// <summary>Whether it is the tree file.</summary>
    public bool IsTree { get; init; }

    /// <summary>
    /// All entries behind the list, in their only order: blobs, what leads to them, and refs last, so that unpacking that breaks off leaves
    /// no ref to something missing.
    /// </summary>
    public static IEnumerable<ArchiveStep> Of(IReadOnlyList<PackedRepo> repos)
    {
        foreach (IGrouping<string, PackedRepo> commits in repos.GroupBy(repo => repo.FolderIn(".").FolderName, StringComparer.Ordinal))
        {
            // @huggingface/hub refuses a repo without refs/, which a pinned commit alone never has.
            yield return new ArchiveStep(new TarEntry(TarKind.Folder, $"{commits.Key}/refs/"), commits.First());
            foreach ((PackedRepo repo, LockedFile file) in commits
                .SelectMany(repo => repo.Locked.Files.Select(file => (repo, file)))
                .DistinctBy(item => item.file.ETag))
            {
                yield return new ArchiveStep(new TarEntry(TarKind.File, $"{commits.Key}/blobs/{file.ETag}", file.Length), repo, file);
            }

            foreach (PackedRepo repo in commits)
            {
                foreach (LockedFile file in repo.Locked.Files)
                {
                    string name = $"{commits.Key}/snapshots/{repo.Locked.Commit}/{file.Name}";
                    yield return new ArchiveStep(
                        new TarEntry(TarKind.SymbolicLink, name, Target: RepoPaths.LinkTarget(file.Name, file.ETag)), repo);
                }

                if (repo.Tree is PackedTree tree)
                {
                    yield return new ArchiveStep(
                        new TarEntry(TarKind.File, $"{commits.Key}/trees/{repo.Locked.Commit}.json", tree.Length), repo)
                    { IsTree = true };
                }
            }

            foreach ((PackedRepo repo, Revision name) in commits.SelectMany(repo => repo.Refs.Select(name => (repo, name))))
            {
                yield return new ArchiveStep(
                    new TarEntry(TarKind.File, $"{commits.Key}/refs/{name}", repo.Locked.Commit.Value.Length), repo)
                { Ref = name };
            }
        }
    }

    /// <summary>Bytes of all files; more than any disk has where the sum runs over.</summary>
    public static long TotalOf(IReadOnlyList<PackedRepo> repos)
    {
        long total = 0;
        foreach (ArchiveStep step in Of(repos))
        {
            total = step.Entry.Length > long.MaxValue - total ? long.MaxValue : total + step.Entry.Length;
        }

        return total;
    }

    /// <summary>What is wrong with a list, beyond each of its lines; null when nothing is.</summary>
    public static string? Fault(IReadOnlyList<PackedRepo> repos)
    {
        foreach (IGrouping<string, PackedRepo> commits in repos.GroupBy(repo => repo.FolderIn(".").FolderName, StringComparer.Ordinal))
        {
            HashSet<string> refs = new(StringComparer.Ordinal);
            if (commits.SelectMany(repo => repo.Refs).FirstOrDefault(name => !refs.Add(name.Value)) is Revision twice)
            {
                return $"has the ref '{twice}' of {commits.First().Locked.RepoId} twice";
            }

            if (refs.FirstOrDefault(name => refs.Any(other => other.StartsWith(name + "/", StringComparison.Ordinal))) is string folder)
            {
                return $"has the ref '{folder}' of {commits.First().Locked.RepoId} as a folder of another too";
            }

            if (commits
                .SelectMany(repo => repo.Locked.Files)
                .GroupBy(file => file.ETag)
                .FirstOrDefault(same => same.DistinctBy(file => file.Length).Count() > 1) is { } sizes)
            {
                return string.Create(
                    CultureInfo.InvariantCulture, $"gives the etag {sizes.Key} {sizes.Count()} times, and not always one size");
            }
        }

        return null;
    }
}
