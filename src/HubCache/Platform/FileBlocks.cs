using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Platform;

/// <summary>Takes a block of a file.</summary>
internal delegate void BlockAction(ReadOnlySpan<byte> block);

/// <summary>Reads a file from its beginning to its end, block by block.</summary>
internal static class FileBlocks
{
    private const int BlockLength = 1 << 20;

    /// <summary>Hands each block over. It is valid only during the call.</summary>
    /// <returns>Bytes in all.</returns>
    /// <exception cref="DiskException">The file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two blocks.</exception>
    public static long Read(Disk disk, SafeFileHandle file, string path, BlockAction take, CancellationToken cancellationToken = default)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BlockLength);
        try
        {
            long offset = 0;
            for (int read; (read = disk.Read(file, buffer.AsSpan(0, BlockLength), offset, path)) > 0; offset += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                take(buffer.AsSpan(0, read));
            }

            return offset;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
