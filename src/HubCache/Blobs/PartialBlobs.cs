using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Blobs;

/// <summary>What lies in <c>blobs/</c> of blobs that are not whole, read once: who works on which, and what dead downloads left.</summary>
internal sealed class PartialBlobs
{
    private readonly HashSet<string> _underWay = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<long>> _left = new(StringComparer.Ordinal);

    private PartialBlobs()
    {
    }

    /// <summary>Reads the folder. What cannot be seen is taken for not there.</summary>
    public static PartialBlobs In(Disk disk, RepoPaths folder)
    {
        var partial = new PartialBlobs();
        try
        {
            foreach (string name in disk.List(folder.Blobs).Where(name => name.EndsWith(IncompleteName.Suffix, StringComparison.Ordinal)))
            {
                partial.Add(disk, Path.Combine(folder.Blobs, name), name[..name.IndexOf('.', StringComparison.Ordinal)]);
            }
        }
        catch (DiskException)
        {
            // It tells only what a download will cost, not what it may do.
        }

        return partial;
    }

    /// <summary>Whether a process is fetching the blob.</summary>
    public bool IsUnderWay(ETag etag) => _underWay.Contains(etag.Value);

    /// <summary>Bytes of the blob that need not be fetched again: the longest that a dead download left.</summary>
    public long Left(ETag etag, long length)
    {
        return _left.TryGetValue(etag.Value, out List<long>? left) ? left.Where(bytes => bytes <= length).DefaultIfEmpty().Max() : 0;
    }

    private void Add(Disk disk, string path, string etag)
    {
        Verdict? verdict = Liveness.JudgeAtOnce(path);
        if (disk.Look(path) is not { Kind: FileKind.File } facts)
        {
            return;
        }

        if (verdict is { IsDead: true })
        {
            if (!_left.TryGetValue(etag, out List<long>? left))
            {
                _left.Add(etag, left = []);
            }

            left.Add(facts.Length);
        }
        else if (verdict is { State: IncompleteState.Live } || DateTime.UtcNow - facts.Modified < ProtocolTimes.Stale)
        {
            // A temp whose process cannot be asked counts if it changed lately.
            _underWay.Add(etag);
        }
    }
}
