namespace Bench.Measuring;

/// <summary>
/// Makes the memory that a download to a tmpfs will take memory that the system has at hand. A virtual machine may hand free memory back to
/// its host within seconds, and then each new page is a fault up there: 2 GB took 1.2 s after this, and 1.3 to 4.4 s without.
/// </summary>
internal static class FreshMemory
{
    private const int PieceBytes = 1 << 20;

    // With once its size, what is free a moment later was only partly the same memory: 1.3 to 2.9 s.
    private const int TimesTheDownload = 2;

    public static void Prepare(string folder, long downloadBytes)
    {
        string path = Path.Combine(folder, "ballast");
        byte[] piece = new byte[PieceBytes];
        using FileStream ballast =
            new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        for (long left = TimesTheDownload * downloadBytes; left > 0; left -= PieceBytes)
        {
            ballast.Write(piece, 0, (int)Math.Min(left, PieceBytes));
        }
    }
}
