using System.Security.Cryptography;
using System.Text;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Store;

/// <summary>
/// Tries in a folder whether its file system can have names that not every one can: with odd characters, with parts that end in a dot or a
/// space, or with parts that are devices on Windows (ntfs-3g with <c>windows_names</c> refuses those elsewhere too).
/// </summary>
/// <remarks>Nothing is asked for a usual name. Each set of characters, each ending and each device is tried once.</remarks>
internal sealed class NameTrial(Disk disk, string folder)
{
    private const string OddOfAscii = "\\:*?\"<>|\u007f";

    // With four bytes each, such a name still fits everywhere.
    private const int MostAtOnce = 40;

    private readonly Dictionary<string, bool> _isHad = new(StringComparer.Ordinal);

    /// <summary>
    /// Why the file system cannot have the name; null when it can, and when the folder cannot be written to, which shows itself elsewhere.
    /// </summary>
    public string? Fault(HubFileName name)
    {
        return Odd(name.Value).Chunk(MostAtOnce).Any(some => !IsHad(AsTemp("probe" + string.Concat(some))))
            ? "has a character that this file system does not take"
            : name.Segments.Any(segment => EndsOddly(segment) && !IsHad(AsProbe(segment[^1..])))
                ? "has a part that ends in a dot or a space, which this file system drops or refuses"
            : name.Segments.Select(NameRules.DeviceName).OfType<string>().Any(device => !IsHad(AsTemp(device)))
                ? "has a part that is a device on Windows, which this file system refuses"
            : null;
    }

    /// <summary>Whether a name is one of those that have to be tried.</summary>
    public static bool IsNeeded(HubFileName name)
        => Odd(name.Value).Any() || name.Segments.Any(segment => EndsOddly(segment) || NameRules.DeviceName(segment) is not null);

    private static bool EndsOddly(string segment) => segment[^1] is '.' or ' ';

    private static IEnumerable<Rune> Odd(string path)
        => path
            .EnumerateRunes()
            .Where(rune => rune.Value < ' ' || rune.Value > '\u007f' || OddOfAscii.Contains((char)rune.Value, StringComparison.Ordinal))
            .Distinct()
            .Order();

    // By their ends and beginnings, what a kill leaves here are incomplete files and probes like any other client's.
    private static (string Begin, string End) AsTemp(string begin) => ($"{begin}.", IncompleteName.Suffix);

    private static (string Begin, string End) AsProbe(string end) => ("tmp_", end);

    private bool IsHad((string Begin, string End) name)
    {
        string key = $"{name.Begin}/{name.End}";
        if (!_isHad.TryGetValue(key, out bool isHad))
        {
            // Whatever a file system answers to a name that it does not take: it takes a plain one.
            isHad = CanCreate(name) || !CanCreate(AsTemp("probe"));
            _isHad.Add(key, isHad);
        }

        return isHad;
    }

    /// <summary>Whether a file with such a name can be made, and has that name and no other then.</summary>
    private bool CanCreate((string Begin, string End) name)
    {
        string plain = Path.Combine(folder, name.Begin + Convert.ToHexString(RandomNumberGenerator.GetBytes(4)).ToLowerInvariant());
        try
        {
            FolderMaker.Ensure(disk, folder);
            disk.CreateNew(plain + name.End).Dispose();
            bool isAnother = disk.Look(plain) is null;
            disk.Delete(plain + name.End);
            return isAnother;
        }
        catch (DiskException)
        {
            return false;
        }
    }
}
