using System.Text;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Maintenance.FileSystem;

/// <summary>Which names the file system takes, and how it keeps them.</summary>
internal static class NameTrials
{
    private const int UsualLongest = 255;
    private static readonly string[] Wildcards = ["*", "?"];

    public static TrialResult CaseSensitive(TrialPlace place)
    {
        place.Fill(place.At("Case"), 0, 1);
        return place.Disk.Look(place.At("cASE")) is null
            ? TrialResult.Yes("Upper and lower case make two names, as on the Hub.")
            : TrialResult.Warning(
                "Names that differ only in upper and lower case are one file. Of two such files in a repo, or two such repos, only one "
                    + "has its place."
                + (OperatingSystem.IsWindows()
                    ? " On NTFS a folder that is still empty can be made to tell them apart: fsutil file setCaseSensitiveInfo "
                        + "<folder> enable"
                    : string.Empty));
    }

    public static TrialResult UnicodeKept(TrialPlace place)
    {
        // An é of one character, and one of e and an accent.
        const string Composed = "é";
        const string Decomposed = "e\u0301";
        place.Fill(place.At(Composed), 0, 1);
        bool isKept = place.Disk.List(place.Folder).Contains(Composed, StringComparer.Ordinal);
        bool isOne = place.Disk.Look(place.At(Decomposed)) is not null;
        return (isKept, isOne) switch
        {
            (true, false) => TrialResult.Yes("Names come back as they were written, byte for byte."),
            (true, true) => TrialResult.No("Names come back as they were written, but two ways to write one letter are one name. Of two "
                + "such files in a repo only one has its place."),
            (false, true) => TrialResult.Warning(
                "Names come back in another Unicode form than they were written in. They are found all the same; programs that compare "
                    + "names of files may not know them again."),
            (false, false) => TrialResult.Warning(
                "Names beyond ASCII do not come back as they were written: files with such names cannot be kept here."),
        };
    }

    public static TrialResult WildcardNames(TrialPlace place)
    {
        string[] refused = [.. Wildcards.Where(character => !place.CanMake(place.At($"a{character}b")))];
        return refused.Length == 0
            ? TrialResult.Yes("Names with * and ? can be kept, which some repos have.")
            : TrialResult.Warning($"Names with {string.Join(" and ", refused)} are refused: files with such names cannot be kept here.");
    }

    public static TrialResult LongestName(TrialPlace place)
    {
        int longest = Longest(UsualLongest, length => place.CanMake(place.At(new string('n', length))));
        bool countsCharacters = longest == UsualLongest && place.CanMake(place.At(new string('語', 100)));
        string unit = countsCharacters
            ? "It is characters that count, not bytes."
            : "It is bytes that count: other letters than ASCII have two to four.";
        return longest >= UsualLongest ? TrialResult.Yes($"Names may be as long as usual. {unit}", longest, "bytes")
            : longest >= IncompleteName.Longest ? TrialResult.Warning(
                $"Names of files in repos may be longer than this, and fail then. The names HubCache gives fit ({IncompleteName.Longest} "
                    + $"bytes at most).",
                longest,
                "bytes")
            : TrialResult.Error(
                $"HubCache gives names of up to {IncompleteName.Longest} bytes, which do not fit. Keep the cache elsewhere.",
                longest,
                "bytes");
    }

    public static TrialResult LongestPath(TrialPlace place, string cachePath)
    {
        // No system takes more in one call; the deepest folder decides, and a name in it finds the last byte.
        const int Enough = 8192;
        int step = Longest(200, length => place.CanMake(place.At(new string('d', length))));
        string deepest = place.Folder;
        int longest = Bytes(deepest);
        while (longest < Enough)
        {
            string next = Path.Combine(deepest, new string('d', step));
            if (!CanGoTo(place.Disk, next))
            {
                break;
            }

            deepest = next;
            longest = Bytes(deepest);
        }

        int name = Longest(step, length => place.CanMake(Path.Combine(deepest, new string('n', length))));
        longest += name == 0 ? 0 : name + 1;

        // A repo folder, snapshots, a commit and a file of the longest usual name; a temp in blobs needs less.
        const int Needed = 110 + 11 + 41 + 256;
        int left = longest - Bytes(cachePath);
        return left >= Needed
            ? TrialResult.Yes(
                $"Below the cache {left} bytes are left for a path, which is enough for every repo but those with deep folders "
                    + $"of long names.",
                longest,
                "bytes")
            : TrialResult.Warning(
                $"Below the cache only {Math.Max(0, left)} bytes are left for a path; a file with a long name needs {Needed}. Choose a "
                    + $"cache path that is shorter.",
                longest,
                "bytes");
    }

    private static bool CanGoTo(Disk disk, string folder)
    {
        try
        {
            return disk.MakeFolder(folder) && disk.Look(folder) is { Kind: FileKind.Folder };
        }
        catch (DiskException)
        {
            return false;
        }
    }

    /// <summary>The largest number up to a limit that works; 0 when none does.</summary>
    private static int Longest(int limit, Func<int, bool> works)
    {
        if (works(limit))
        {
            return limit;
        }

        (int good, int bad) = (0, limit);
        while (bad - good > 1)
        {
            int middle = (good + bad) / 2;
            (good, bad) = works(middle) ? (middle, bad) : (good, middle);
        }

        return good;
    }

    private static int Bytes(string path) => Encoding.UTF8.GetByteCount(path);
}
