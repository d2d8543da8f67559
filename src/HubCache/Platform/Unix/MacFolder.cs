using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform.Unix;

/// <summary>The names in an open folder on macOS, which has no path for a descriptor.</summary>
internal static partial class MacFolder
{
    // struct dirent with 64-bit inodes, sys/dirent.h.
    private const int OffsetOfNameLength = 18;
    private const int OffsetOfName = 21;

    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>Reads the names. The descriptor belongs to the listing from then on.</summary>
    public static IReadOnlyList<string> Names(SafeFileHandle folder, string path)
    {
        IntPtr listing = IsArm ? Open(folder) : OpenIntel(folder);
        if (listing == IntPtr.Zero)
        {
            throw Error(path, Marshal.GetLastPInvokeError());
        }

        folder.SetHandleAsInvalid();
        try
        {
            return Read(listing, path);
        }
        finally
        {
            _ = Close(listing);
        }
    }

    private static List<string> Read(IntPtr listing, string path)
    {
        var names = new List<string>();
        while (true)
        {
            Marshal.SetLastSystemError(0);
            IntPtr entry = IsArm ? Next(listing) : NextIntel(listing);
            int number = Marshal.GetLastSystemError();
            if (entry == IntPtr.Zero)
            {
                return number == 0 ? names : throw Error(path, number);
            }

            byte[] name = new byte[Marshal.ReadInt16(entry, OffsetOfNameLength)];
            Marshal.Copy(entry + OffsetOfName, name, 0, name.Length);
            if (Encoding.UTF8.GetString(name) is not ("." or "..") and var text)
            {
                names.Add(text);
            }
        }
    }

    private static DiskException Error(string path, int number)
        => new(LibC.ErrorOf(number), "list", path, Marshal.GetPInvokeErrorMessage(number));

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    private static partial IntPtr Open(SafeFileHandle folder);

    [LibraryImport("libc", EntryPoint = "fdopendir$INODE64", SetLastError = true)]
    private static partial IntPtr OpenIntel(SafeFileHandle folder);

    [LibraryImport("libc", EntryPoint = "readdir")]
    private static partial IntPtr Next(IntPtr listing);

    [LibraryImport("libc", EntryPoint = "readdir$INODE64")]
    private static partial IntPtr NextIntel(IntPtr listing);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int Close(IntPtr listing);
}
