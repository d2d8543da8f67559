using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Race;

internal static class FileHash
{
    public static string Of(string path)
    {
        using SafeFileHandle file = Open(path);
        return Of(file);
    }

    /// <summary>From the first byte on, however often the file was read before.</summary>
    public static string Of(SafeFileHandle file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 20];
        long offset = 0;
        for (int read; (read = RandomAccess.Read(file, buffer, offset)) > 0; offset += read)
        {
            hash.AppendData(buffer.AsSpan(0, read));
        }

        return Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
    }

    /// <summary>Keeps nobody from writing, renaming or removing it.</summary>
    public static SafeFileHandle Open(string path)
        => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
}
