using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform.Windows;

/// <summary>
/// What Windows says of a file, by its handle: never by FindFirstFile, which can look neither at a root nor through a link.
/// </summary>
internal sealed class WindowsStat(WindowsCalls calls)
{
    private const uint Folder = 0x10;
    private const uint ReparsePoint = 0x400;

    // Whoever has this bit stands for another name, as symbolic links, mount points and WSL's links do. A file that is kept in the cloud,
    // compressed or deduplicated has another kind of reparse point, and is a file.
    private const uint NameSurrogate = 0x2000_0000;

    /// <summary>What is at a path; null when nothing is, or a link leads nowhere.</summary>
    public FileFacts? At(string extended, string path, bool followLink)
    {
        uint flags = WindowsCalls.BackupSemantics | (followLink ? 0 : WindowsCalls.OpenReparsePoint);
        int number = calls.Open(
            extended, WindowsCalls.ReadAttributes, WindowsCalls.ShareAll, WindowsCalls.OpenExisting, flags, out SafeFileHandle file);
        using (file)
        {
            return number == 0 ? Of(file, path)
                : WindowsErrors.IsMissing(number)
                    || (followLink && number is WindowsErrors.CannotResolveName or WindowsErrors.CannotAccessFile) ? null
                : throw WindowsDisk.Error(number, "look", path);
        }
    }

    public FileFacts Of(SafeFileHandle file, string path)
    {
        int number = calls.Look(file, out WindowsCalls.FileInformation facts);
        if (number != 0)
        {
            throw WindowsDisk.Error(number, "look", path);
        }

        FileKind kind = (facts.Attributes & ReparsePoint) != 0 && calls.LookUpTag(file, out uint tag) == 0 && (tag & NameSurrogate) != 0
            ? FileKind.Link
            : (facts.Attributes & Folder) != 0 ? FileKind.Folder
            : FileKind.File;
        return new FileFacts(
            kind,
            kind == FileKind.File ? facts.Length : 0,
            Time(facts.Modified),
            Time(facts.Accessed),
            IdentityOf(file, facts),
            null,
            Math.Max(1, facts.Links));
    }

    /// <summary>128 bits where the file system has them (ReFS), else 64. All zeros or all ones say that a file has none.</summary>
    private FileIdentity IdentityOf(SafeFileHandle file, in WindowsCalls.FileInformation facts)
    {
        if (calls.LookUpId(file, out WindowsCalls.FileId id) == 0 && (id.High, id.Low) is not ((0, 0) or (ulong.MaxValue, ulong.MaxValue)))
        {
            return new FileIdentity(id.Volume, id.High, id.Low);
        }

        return facts.Index is 0 or ulong.MaxValue ? FileIdentity.Unknown : new FileIdentity(facts.Volume, 0, facts.Index);
    }

    private static DateTime Time(long fileTime)
    {
        const long Last = 2_650_467_743_999_999_999;
        return DateTime.FromFileTimeUtc(Math.Clamp(fileTime, 0, Last));
    }
}
