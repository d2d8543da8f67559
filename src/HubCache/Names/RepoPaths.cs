namespace HubCache.Names;

/// <summary>Where everything of one repo lies in a cache. Names only; nothing here touches the disk.</summary>
/// <remarks>The layout is the public one: hub-docs, local-cache.md.</remarks>
internal sealed class RepoPaths
{
    public RepoPaths(string cachePath, RepoType type, RepoId id)
    {
        CachePath = cachePath;
        Type = type;
        Id = id;
        FolderName = $"{type.ToString().ToLowerInvariant()}s--{id.Value.Replace("/", "--", StringComparison.Ordinal)}";
        FullName = Path.Combine(cachePath, FolderName);
    }

    /// <summary>The repo in the caches that are only read, in their order.</summary>
    public static IReadOnlyList<RepoPaths> ReadOnly(IReadOnlyList<string> cachePaths, string written, RepoType type, RepoId id)
        => [.. cachePaths.Where(path => path != Path.TrimEndingDirectorySeparator(written)).Select(path => new RepoPaths(path, type, id))];

    public string CachePath { get; }

    public RepoType Type { get; }

    public RepoId Id { get; }

    public string FolderName { get; }

    public string FullName { get; }

    public string Blobs => Path.Combine(FullName, "blobs");

    public string Snapshots => Path.Combine(FullName, "snapshots");

    public string Refs => Path.Combine(FullName, "refs");

    public string Trees => Path.Combine(FullName, "trees");

    /// <summary>Where the marks lie that say that a commit has no such file.</summary>
    public string NoExistFolder => Path.Combine(FullName, ".no_exist");

    public string Blob(ETag etag) => Path.Combine(Blobs, etag.Value);

    public string Ref(Revision revision) => Path.Combine([Refs, .. revision.Value.Split('/')]);

    public string Snapshot(CommitHash commit) => Path.Combine(Snapshots, commit.Value);

    public string Tree(CommitHash commit) => Path.Combine(Trees, commit.Value + ".json");

    public string SnapshotFile(CommitHash commit, HubFileName file) => Path.Combine([Snapshots, commit.Value, .. file.Segments]);

    public string NoExist(CommitHash commit, HubFileName file) => Path.Combine([NoExistOf(commit), .. file.Segments]);

    /// <summary>Where lock files lie, and the marks by which downloads and removals see each other.</summary>
    public string Locks => Path.Combine(CachePath, ".locks", FolderName);

    public string NoExistOf(CommitHash commit) => Path.Combine(NoExistFolder, commit.Value);

    public string LockFile(ETag etag) => Path.Combine(Locks, etag.Value + ".lock");

    /// <summary>What a snapshot's link to a blob says: relative, so that a cache can be moved (huggingface_hub #1398).</summary>
    public static string LinkTarget(HubFileName file, ETag etag)
    {
        return string.Concat(Enumerable.Repeat("../", file.Segments.Count + 1)) + "blobs/" + etag.Value;
    }

    /// <summary>Whether the path lies in the folder, by its name.</summary>
    public static bool LiesIn(string path, string parent)
    {
        return path.Length > parent.Length
            && path.StartsWith(parent, StringComparison.Ordinal)
            && path[parent.Length] == Path.DirectorySeparatorChar;
    }
}
