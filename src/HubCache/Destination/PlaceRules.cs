using HubCache.Platform;

namespace HubCache.Destination;

/// <summary>What may be a destination, and where in it something may be written. Never writes.</summary>
internal sealed class PlaceRules
{
    private readonly Disk _disk;
    private readonly LocalFolder _folder;
    private readonly IReadOnlyList<string> _cachePaths;
    private readonly Lazy<IReadOnlyList<string>> _cachesInIt;

    public PlaceRules(Disk disk, LocalFolder folder, IReadOnlyList<string> cachePaths)
    {
        (_disk, _folder, _cachePaths) = (disk, folder, cachePaths);
        _cachesInIt = new Lazy<IReadOnlyList<string>>(() => [.. cachePaths.Where(cache => IsWithin(cache, folder.FullName))]);
    }

    /// <summary>Refuses what cannot be a destination: a file, or a place in the cache.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>; or <see cref="HubErrorCode.CacheWriteFailed"/> when it
    /// cannot be looked at.</exception>
    public void CheckFolder()
    {
        if (_cachePaths.FirstOrDefault(cache => IsWithin(_folder.FullName, cache)) is string cachePath)
        {
            throw NoDestination(
                $"it lies in the cache '{cachePath}', which has files of its own names only", "Give a folder outside of the cache.");
        }

        string there = NearestEntry(_folder.FullName);
        if (_disk.LookThrough(there) is not { Kind: FileKind.Folder })
        {
            throw NoDestination($"'{there}' is no folder", "Give a folder; it need not exist.");
        }
    }

    /// <summary>Refuses a name that would lie among the bookkeeping, in the cache, or behind a link.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.CacheWriteFailed"/>, or
    /// <see cref="HubErrorCode.LinkedFolder"/>.</exception>
    /// <exception cref="DiskException">A folder cannot be looked at.</exception>
    public void CheckFile(HubFileName file)
    {
        if (LocalFolder.IsReserved(file))
        {
            throw NoPlace(
                _folder.PathOf(file),
                $"'{file}' cannot be laid out: '{_folder.Bookkeeping}' is where clients keep what they know of the _folder.",
                "Use the file from the cache.");
        }

        string path = _folder.PathOf(file);
        if (_cachesInIt.Value.Any(cache => IsWithin(Path.GetDirectoryName(path)!, cache)))
        {
            throw NoPlace(
                path, $"'{file}' cannot be laid out: '{path}' lies in the cache.", "Give a folder that does not have the cache in it.");
        }

        RefuseLinks(Path.GetDirectoryName(path)!);
        RefuseLinks(_folder.TempFolderOf(file));
    }

    /// <summary>
    /// Whether names that differ in case alone are one file there. The destination's own folder for bookkeeping has to exist.
    /// </summary>
    public bool IsCaseIgnored()
    {
        (string name, string otherCase) = _folder.CaseProbe;
        return _disk.Look(otherCase) is FileFacts other && _disk.Look(name) is FileFacts one
            && (other.Identity == one.Identity || !other.Identity.IsKnown || !one.Identity.IsKnown);
    }

    /// <summary>A link below the destination may lead anywhere; the destination itself may be one, for its owner named it.</summary>
    private void RefuseLinks(string below)
    {
        string path = _folder.FullName;
        foreach (string segment in Path
            .GetRelativePath(_folder.FullName, below)
            .Split(Path.DirectorySeparatorChar)
            .Where(segment => segment != "."))
        {
            path = Path.Combine(path, segment);
            if (_disk.Look(path) is { Kind: FileKind.Link })
            {
                throw new HubCacheException(
                    HubErrorCode.LinkedFolder,
                    $"'{path}' is a link: nothing is written through it.",
                    path,
                    "Put a folder in the place of the link, or give another destination.");
            }
        }
    }

    /// <summary>By name; and where the system tells files apart by numbers, by where the name really leads.</summary>
    private bool IsWithin(string path, string parent)
    {
        string relative = Path.GetRelativePath(parent, path);
        if (relative == "." || (relative.Split(Path.DirectorySeparatorChar)[0] != ".." && !Path.IsPathRooted(relative)))
        {
            return true;
        }

        if (_disk.LookThrough(parent) is not { Identity.IsKnown: true } wanted)
        {
            return false;
        }

        // ".." is left to the system: after a link it leads to where the link's target lies.
        string above = NearestEntry(path);
        for (FileFacts? at = _disk.LookThrough(above), before = null; at is not null
            && at.Value.Identity != before?.Identity; at = _disk.LookThrough(above))
        {
            if (at.Value.Identity == wanted.Identity)
            {
                return true;
            }

            before = at;
            above += "/..";
        }

        return false;
    }

    /// <summary>The path itself, or the last folder above it that there is.</summary>
    private string NearestEntry(string path)
    {
        while (_disk.Look(path) is null && Path.GetDirectoryName(path) is string parent)
        {
            path = parent;
        }

        return path;
    }

    private HubCacheException NoDestination(string reason, string advice)
    {
        return new HubCacheException(
            HubErrorCode.InvalidOption, $"'{_folder.FullName}' cannot be the destination: {reason}.", _folder.FullName, advice);
    }

    private static HubCacheException NoPlace(string path, string message, string advice)
        => new(HubErrorCode.CacheWriteFailed, message, path, advice);
}
