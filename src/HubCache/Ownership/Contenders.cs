using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Ownership;

/// <summary>A temp of another process that fetches the same blob.</summary>
internal readonly record struct Contender(string Name, long Length, DateTime Modified);

/// <summary>Finds the others that fetch a blob, by their temps alone.</summary>
/// <param name="disk">The file operations.</param>
/// <param name="folder">The repo.</param>
/// <param name="etag">The blob.</param>
/// <param name="listing">A listing that many share; null to list the folder anew for each look.</param>
internal sealed class Contenders(Disk disk, RepoPaths folder, ETag etag, TempListing? listing = null)
{
    private readonly HashSet<Contender> _givenUp = [];

    /// <summary>Counts rivals no more, as long as they stay as they are.</summary>
    public void GiveUp(IEnumerable<Contender> idle) => _givenUp.UnionWith(idle);

    /// <summary>Whether a rival was waited for in vain, and is as it was then.</summary>
    public bool HasGivenUp(Contender rival) => _givenUp.Contains(rival);

    /// <summary>HubCache's own temps of this blob that are not proven dead, without the caller's.</summary>
    public IReadOnlyList<Contender> OfOurs(Temp? own) => Find(name => name != own?.Name && IncompleteName.TryParse(name) is not null);

    /// <summary>The temps of other clients.</summary>
    public IReadOnlyList<Contender> OfOthers() => Find(name => IncompleteName.TryParse(name) is null);

    /// <summary>Removes temps of ours that are proven dead: of blobs, and the small ones that stand in for refs and links.</summary>
    public static void RemoveDead(Disk disk, RepoPaths folder, Func<string, bool> prefixFilter)
        => RemoveDead(disk, folder.Blobs, prefixFilter);

    /// <summary>Removes temps of ours in a folder that are proven dead.</summary>
    public static void RemoveDead(Disk disk, string folder, Func<string, bool> prefixFilter)
    {
        try
        {
            foreach (string name in disk.List(folder))
            {
                string path = Path.Combine(folder, name);
                if (name.EndsWith(
                    IncompleteName.Suffix, StringComparison.Ordinal) && prefixFilter(name[..name.IndexOf('.', StringComparison.Ordinal)])
                    && Liveness.JudgeAtOnce(path) is { IsDead: true })
                {
                    disk.Delete(path);
                }
            }
        }
        catch (DiskException)
        {
            // Tidying up; a cache that is only read may refuse it.
        }
    }

    private List<Contender> Find(Func<string, bool> wanted)
    {
        try
        {
            return FindOrThrow(wanted);
        }
        catch (DiskException)
        {
            // Do not wait for a contender whose temp cannot be read: at worst the file is downloaded twice.
            return [];
        }
    }

    private List<Contender> FindOrThrow(Func<string, bool> wanted)
    {
        var rivals = new List<Contender>();
        foreach (string name in listing?.Names() ?? disk.List(folder.Blobs))
        {
            if (!IncompleteName.IsOf(etag, name) || IncompleteName.IsFree(name) || !wanted(name))
            {
                continue;
            }

            string path = Path.Combine(folder.Blobs, name);
            if (Liveness.JudgeAtOnce(path) is not { IsDead: true } && disk.Look(path) is { Kind: FileKind.File } facts)
            {
                var rival = new Contender(name, facts.Length, facts.Modified);
                if (!_givenUp.Contains(rival))
                {
                    rivals.Add(rival);
                }
            }
        }

        return rivals;
    }
}
