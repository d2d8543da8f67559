using System.Security.Cryptography;
using System.Text;
using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Cache;

/// <summary>Tries in a folder whether its file system can have names that not every one can: with odd characters, or with parts that end in a dot or a space.</summary>
/// <remarks>Nothing is asked for a usual name. Each set of characters and each ending is tried once.</remarks>
internal sealed class NameTrial(Disk disk, string folder)
{
    private const string OddOfAscii = "\\:*?\"<>|\u007f";

    // With four bytes each, such a name still fits everywhere.
    private const int MostAtOnce = 40;

    private readonly Dictionary<string, bool> _isHad = new(StringComparer.Ordinal);

    /// <summary>Why the file system cannot have the name; null when it can, and when the folder cannot be written to, which shows itself elsewhere.</summary>
    public string? Fault(HubFileName name)
    {
        return Odd(name.Value).Chunk(MostAtOnce).Any(some => !IsHad(string.Concat(some))) ? "has a character that this file system does not take"
            : name.Segments.Any(segment => segment[^1] is '.' or ' ' && !KeepsEnd(segment[^1..])) ? "has a part that ends in a dot or a space, which this file system drops"
            : null;
    }

    /// <summary>Whether a name is one of those that have to be tried.</summary>
    public static bool IsNeeded(HubFileName name) => Odd(name.Value).Any() || name.Segments.Any(segment => segment[^1] is '.' or ' ');

    private static IEnumerable<Rune> Odd(string path)
        => path.EnumerateRunes().Where(rune => rune.Value < ' ' || rune.Value > '\u007f' || OddOfAscii.Contains((char)rune.Value, StringComparison.Ordinal)).Distinct().Order();

    private bool IsHad(string characters)
    {
        if (!_isHad.TryGetValue(characters, out bool isHad))
        {
            // Whatever a file system answers to a name that it does not take: it takes a plain one.
            isHad = CanCreate(characters) || !CanCreate(string.Empty);
            _isHad.Add(characters, isHad);
        }

        return isHad;
    }

    private bool CanCreate(string characters)
    {
        // By its end, what a kill leaves here is an incomplete file like any other client's.
        string path = Path.Combine(folder, $"probe{characters}.{Convert.ToHexString(RandomNumberGenerator.GetBytes(4)).ToLowerInvariant()}{IncompleteName.Suffix}");
        try
        {
            FolderMaker.Ensure(disk, folder);
            disk.CreateNew(path).Dispose();
            disk.Delete(path);
            return true;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private bool KeepsEnd(string end)
    {
        if (!_isHad.TryGetValue(end, out bool isKept))
        {
            isKept = IsAnotherWith(end);
            _isHad.Add(end, isKept);
        }

        return isKept;
    }

    private bool IsAnotherWith(string end)
    {
        try
        {
            using Temp probe = Temp.Create(disk, folder, "probe");
            return disk.Look(Path.Combine(folder, probe.Name) + end)?.Identity != probe.Look().Identity;
        }
        catch (DiskException)
        {
            return true;
        }
    }
}
