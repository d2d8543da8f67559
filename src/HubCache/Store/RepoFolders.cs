using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Store;

/// <summary>The repo folders of a cache, told from everything else that lies there by their names alone.</summary>
internal sealed class RepoFolders
{
    private readonly Disk _disk;

    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: the path is no folder.</exception>
    public RepoFolders(Disk disk, string cachePath)
    {
        ArgumentException.ThrowIfNullOrEmpty(cachePath);
        _disk = disk;
        CachePath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(cachePath));
        FileFacts? facts = Read(() => disk.LookThrough(CachePath));
        Exists = facts is not null;
        if (facts is { Kind: not FileKind.Folder })
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                $"'{CachePath}' is no folder, and so no cache.",
                CachePath,
                "Give the folder that holds the cache, such as ~/.cache/huggingface/hub.");
        }
    }

    /// <summary>The cache, as a full path.</summary>
    public string CachePath { get; }

    /// <summary>Whether the cache is there.</summary>
    public bool Exists { get; }

    /// <summary>The repos whose id and type the filter lets through, by type and id. None when the cache does not exist.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheReadFailed"/>: the cache folder cannot be listed.</exception>
    public IReadOnlyList<RepoPaths> Passing(Func<string, RepoType, bool> filter)
    {
        return
        [
            .. Names()
                .Select(Named)
                .OfType<RepoPaths>()
                .Where(folder => filter(folder.Id.Value, folder.Type))
                .OrderBy(folder => folder.Type)
                .ThenBy(folder => folder.Id.Value, StringComparer.Ordinal),
        ];
    }

    /// <summary>The names of all that lies in the cache folder. None when the cache does not exist.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheReadFailed"/>: the cache folder cannot be listed.</exception>
    public IReadOnlyList<string> Names() => Read(() => _disk.List(CachePath));

    /// <summary>The repo whose folder has this name; null for the shared store, the locks, and whatever else is no repo's.</summary>
    public RepoPaths? Named(string folderName)
    {
        foreach (RepoType type in Enum.GetValues<RepoType>())
        {
            string prefix = $"{type.ToString().ToLowerInvariant()}s--";
            if (folderName.StartsWith(prefix, StringComparison.Ordinal))
            {
                return WithId(type, folderName[prefix.Length..].Replace("--", "/", StringComparison.Ordinal));
            }
        }

        return null;
    }

    private RepoPaths? WithId(RepoType type, string id)
    {
        try
        {
            return new RepoPaths(CachePath, type, RepoId.Parse(id));
        }
        catch (HubCacheException)
        {
            return null;
        }
    }

    private T Read<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DiskException e)
        {
            throw new HubCacheException(
                HubErrorCode.CacheReadFailed,
                $"The cache '{CachePath}' cannot be read: {e.Message}",
                CachePath,
                "Check that the folder is reachable and that you may list it, or give another with -CachePath.",
                e);
        }
    }
}
