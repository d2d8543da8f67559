using HubCache.Names;

namespace HubCache.PowerShell;

/// <summary>What makes files one request: the same cache, repo, revision and commit.</summary>
internal sealed record GroupKey(string? CacheFolder, RepoType RepoType, RepoId RepoId, Revision Revision, CommitHash? Commit);

/// <summary>The files of one request, each once.</summary>
internal sealed class DownloadGroup(GroupKey key)
{
    private readonly Dictionary<HubFileName, int> _places = [];
    private readonly List<HubFileName> _files = [];

    /// <summary>What the files have in common.</summary>
    public GroupKey Key { get; } = key;

    /// <summary>How many files it has.</summary>
    public int FileCount => _files.Count;

    /// <summary>The group as people write it: <c>org/name@main</c>.</summary>
    public string Label => $"{Key.RepoId}@{Key.Revision}";

    /// <summary>What will be done, as ShouldProcess asks it.</summary>
    public string Action => _files.Count == 1 ? $"Save {_files[0]}" : $"Save {_files.Count} files";

    /// <summary>Takes a file in, and says where its outcome will be.</summary>
    public int Add(HubFileName file)
    {
        if (_places.TryAdd(file, _files.Count))
        {
            _files.Add(file);
        }

        return _places[file];
    }

    /// <summary>The request to the engine.</summary>
    public DownloadRequest Request(bool force, DestinationFolder? destination) => new()
    {
        RepoId = Key.RepoId,
        RepoType = Key.RepoType,
        Revision = Key.Revision,
        Commit = Key.Commit,
        Files = _files,
        Force = force,
        Destination = destination,
    };
}
