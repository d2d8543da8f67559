using System.Security;
using HubCache.Platform;
using Microsoft.Win32;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Maintenance.FileSystem;

/// <summary>What depends on the settings of a Windows, and what its file systems do in their own ways.</summary>
internal static class WindowsTrials
{
    private const string AppModel = @"SOFTWARE\Microsoft\Windows\CurrentVersion\AppModelUnlock";
    private const string FileSystem = @"SYSTEM\CurrentControlSet\Control\FileSystem";

    /// <summary>Whether two names of a file are known to be one.</summary>
    public static TrialResult Identity(TrialPlace place)
    {
        string file = place.At("identity");
        place.Fill(file, 1, 1);
        return place.Disk.Look(file) is { Identity.IsKnown: true } facts && facts.Identity == place.Disk.Look(file)?.Identity
            ? TrialResult.Yes(
                "Each file has a number of its own: hard links are counted once, and a cache is known by whatever path it is reached.")
            : TrialResult.Warning("The file system does not number its files: hard links are counted as files of their own, and before a "
                + "blob gets its name it is read a second time.");
    }

    /// <summary>Whether a name can be given to an open file while another one that has the name is open as well.</summary>
    public static TrialResult RenameOverOpenFile(TrialPlace place)
    {
        (string from, string to) = (place.At("opened"), place.At("replaced"));
        place.Fill(to, 1, 1);
        using SafeFileHandle reader = place.Disk.OpenForReading(to, followLink: false);
        using SafeFileHandle writer = place.Disk.CreateNew(from);
        try
        {
            place.Disk.RenameOpen(writer, from, to);
            return TrialResult.Yes("A file that somebody reads can be replaced; whoever reads it goes on reading the old one.");
        }
        catch (DiskException e)
        {
            return TrialResult.Warning(
                $"A file that somebody reads cannot be replaced ({e.Error}). A blob that is right already is left as it is; any other "
                    + $"waits until nobody reads it. "
                + "NTFS can do it since Windows 10 1709; FAT, exFAT and many servers cannot.",
                e.Error.ToString());
        }
    }

    public static TrialResult DeveloperMode(TrialPlace place)
    {
        _ = place;
        return Setting(AppModel, "AllowDevelopmentWithoutDevLicense") == 1
            ? TrialResult.Yes("Everybody may make symbolic links, so that snapshots cost no room.")
            : TrialResult.Warning(
                "Without developer mode only administrators make symbolic links; snapshots get hard links or copies. As an administrator: "
                + $@"Set-ItemProperty 'HKLM:\{AppModel}' AllowDevelopmentWithoutDevLicense 1 -Type DWord");
    }

    public static TrialResult LongPathsEnabled(TrialPlace place)
    {
        _ = place;
        return Setting(FileSystem, "LongPathsEnabled") == 1
            ? TrialResult.Yes("Programs that ask for it take paths of more than 260 characters.")
            : TrialResult.Warning(
                "HubCache writes paths of any length, but other programs may not open those of more than 260 characters. As an "
                    + "administrator: "
                + $@"Set-ItemProperty 'HKLM:\{FileSystem}' LongPathsEnabled 1 -Type DWord");
    }

    /// <summary>A number of the machine's settings; null where it is not set, or may not be read.</summary>
    private static int? Setting(string key, string name)
    {
        if (!OperatingSystem.IsWindows())
        {
            return null;
        }

        try
        {
            using var machine = RegistryKey.OpenBaseKey(RegistryHive.LocalMachine, RegistryView.Registry64);
            using RegistryKey? opened = machine.OpenSubKey(key);
            return opened?.GetValue(name) as int?;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SecurityException)
        {
            return null;
        }
    }
}
