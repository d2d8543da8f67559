using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform.Windows;

/// <summary>Files that share their bytes, on ReFS and so on a Dev Drive.</summary>
/// <remarks>FSCTL_DUPLICATE_EXTENTS_TO_FILE: "The source and destination regions must begin and end at a cluster boundary. The cloned
/// region must be less than 4GB in length. The destination region must not extend past the end of file."
/// (<see href="https://learn.microsoft.com/windows/win32/fileio/block-cloning">Block Cloning on ReFS</see>)</remarks>
internal sealed class WindowsClone(WindowsCalls calls)
{
    private const uint SupportsCloning = 0x0800_0000;
    private const int FileEndOfFileInfo = 6;
    private const long Step = 1L << 30;

    // The largest cluster of ReFS: what is a multiple of it begins and ends at a boundary of any.
    private const long Cluster = 64 << 10;

    /// <summary>Makes an empty file share another's bytes. False where that cannot be; then it is empty as before.</summary>
    public bool Try(SafeFileHandle from, SafeFileHandle to)
    {
        if (calls.LookUpVolume(from, out _, out uint flags) != 0
            || (flags & SupportsCloning) == 0
            || calls.Look(from, out WindowsCalls.FileInformation source) != 0)
        {
            return false;
        }

        // The last cluster is shared as a whole; the length says how much of it belongs to the file.
        long length = source.Length;
        if (SetLength(to, RoundUp(length)) && Duplicate(from, to, length) && SetLength(to, length))
        {
            return true;
        }

        SetLength(to, 0);
        return false;
    }

    private static long RoundUp(long length) => (length + Cluster - 1) / Cluster * Cluster;

    private bool Duplicate(SafeFileHandle from, SafeFileHandle to, long length)
    {
        for (long offset = 0; offset < length; offset += Step)
        {
            if (calls.Duplicate(from, to, offset, Math.Min(Step, RoundUp(length) - offset)) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private bool SetLength(SafeFileHandle file, long length) => calls.Set(file, FileEndOfFileInfo, BitConverter.GetBytes(length)) == 0;
}
