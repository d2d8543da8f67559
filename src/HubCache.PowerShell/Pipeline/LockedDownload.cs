namespace HubCache.PowerShell;

/// <summary>What a lock file asks for.</summary>
internal sealed class LockedDownload
{
    // Each of these would say something else than the lock file, or the same once more.
    private static readonly string[] SaidByTheFile = ["RepoId", "RepoType", "Revision", "CommitHash", "FileName", "Exclude"];

    private readonly Dictionary<GroupKey, LockedRepo> _repos;

    /// <summary>Reads a lock file.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: it cannot be used, or something beside it says what to
    /// save.</exception>
    public LockedDownload(string path, string? cacheFolder, IDictionary<string, object> bound)
    {
        RefuseBeside(bound);
        _repos =
            LockFile.Read(path).ToDictionary(repo => new GroupKey(cacheFolder, repo.RepoType, repo.RepoId, repo.Revision, repo.Commit));
    }

    /// <summary>Adds all files of the lock to a batch.</summary>
    /// <param name="batch">Where to.</param>
    /// <param name="onGroup">Hears of each repo first, and may refuse it.</param>
    public void AddTo(DownloadBatch batch, Action<GroupKey> onGroup)
    {
        foreach ((GroupKey key, LockedRepo repo) in _repos)
        {
            onGroup(key);
            foreach (LockedFile file in repo.Files)
            {
                batch.Add(key, FileSelector.Of(file.Name));
            }
        }
    }

    /// <summary>What the files of a request have to be.</summary>
    public IReadOnlyList<LockedFile> FilesOf(GroupKey key) => _repos[key].Files;

    /// <summary>Refuses parameters that say what the lock file says.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>.</exception>
    public static void RefuseBeside(IDictionary<string, object> bound)
    {
        if (Array.Find(SaidByTheFile, bound.ContainsKey) is string name)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                $"-LockFile says by itself what is saved, and -{name} says it too.",
                name,
                $"Leave out -{name}, or leave out -LockFile.");
        }
    }
}
