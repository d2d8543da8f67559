using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Maintenance.FileSystem;

/// <summary>The ways to give one blob several names without a second copy.</summary>
internal static class LinkTrials
{
    private const int Length = 4096;

    public static TrialResult Symbolic(TrialPlace place)
    {
        const string Cost =
            "Snapshots get hard links or copies in their place; with copies a file takes its room twice. Other clients do the same";
        string link = place.At("symbolic");
        try
        {
            place.Fill(place.At("linked"), 1, Length);
            place.Disk.CreateSymbolicLink(link, "linked");
        }
        catch (DiskException e)
        {
            return TrialResult.Warning($"Symbolic links cannot be made ({e.Error}). {Cost}.");
        }

        return place.Disk.ReadLink(link) == "linked" && place.Disk.LookThrough(link) is { Kind: FileKind.File, Length: Length }
            ? TrialResult.Yes("A relative link leads to its file and reads back as it was written: snapshots cost no room.")
            : TrialResult.Warning(
                $"A symbolic link can be made, but it does not lead where it should. {Cost}, unless they take the link for good.");
    }

    public static TrialResult Hard(TrialPlace place)
    {
        string file = place.At("once");
        string link = place.At("twice");
        try
        {
            place.Fill(file, 1, Length);
            place.Disk.CreateHardLink(link, file);
        }
        catch (DiskException e)
        {
            return TrialResult.No($"Hard links cannot be made ({e.Error}). Save-HubFile -HardLink copies, and so do snapshots where "
                + $"symbolic links are not to be had either.");
        }

        return place.Disk.Look(link) is { Length: Length } facts && facts.Identity == place.Disk.Look(file)?.Identity
            ? TrialResult.Yes("One file can have two names: Save-HubFile -Destination -HardLink takes no room.")
            : TrialResult.Warning(
                "A hard link can be made, but it is another file than the one it was made from: it is not used to save room.");
    }

    public static TrialResult Clone(TrialPlace place)
    {
        string from = place.At("original");
        string to = place.At("clone");
        place.Fill(from, 7, Length);
        using SafeFileHandle original = place.Disk.OpenForReading(from, followLink: false);
        using SafeFileHandle clone = place.Disk.CreateNew(to);
        if (!place.Disk.TryClone(original, clone))
        {
            return TrialResult.No(
                "Files cannot share their bytes copy-on-write. Files that are laid out with -Destination are copied byte by byte.");
        }

        byte[] bytes = new byte[Length];
        return place.Disk.Read(clone, bytes, 0, to) == Length && bytes.AsSpan().IndexOfAnyExcept((byte)7) < 0
            ? TrialResult.Yes("Files can share their bytes copy-on-write: -Destination takes neither time nor room.")
            : TrialResult.Error("A clone was made and does not have the bytes of its original. Keep the cache elsewhere.");
    }
}
