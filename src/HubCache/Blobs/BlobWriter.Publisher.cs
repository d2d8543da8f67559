using System.Diagnostics;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Blobs;

/// <content>How a blob gets its name. Private, so that nobody gets there but by <see cref="Commit"/>.</content>
internal sealed partial class BlobWriter
{
    /// <summary>Puts verified bytes under their final name, so that they survive a power cut and the clean-up of others.</summary>
    private sealed class Publisher(Disk disk, RepoPaths folder, FolderFlush flush)
    {
        private const int CopyBlock = 1 << 20;

        // Three clean-ups in a row cost no second transfer.
        private const int MostTries = 4;

        // A scanner that reads a large new file to its end.
        private static readonly TimeSpan HeldPatience = TimeSpan.FromSeconds(30);
        private static readonly TimeSpan HeldPause = TimeSpan.FromMilliseconds(250);

        /// <summary>Flushes, renames and flushes the folder.</summary>
        public void Publish(Temp temp, ETag etag, CancellationToken cancellationToken)
        {
            string blob = folder.Blob(etag);
            Temp? again = null;
            try
            {
                for (int tries = 1; ; tries++)
                {
                    Temp source = again ?? temp;
                    source.Flush();
                    if (TryRenamePatiently(source, blob, etag, cancellationToken) && TryFlushFolder())
                    {
                        return;
                    }

                    if (tries == MostTries || !source.IsOpen)
                    {
                        throw new TempLostException();
                    }

                    // The name is gone, but the open file still has the bytes, unless another process wrote into it.
                    Temp copy = CopyOf(source, etag) ?? throw new TempLostException();
                    again?.Dispose();
                    again = copy;
                }
            }
            finally
            {
                again?.Dispose();
            }
        }

        /// <summary>
        /// Windows does not rename a file, or over a file, that a process has open without sharing it for deletion, as virus scanners and
        /// old clients do.
        /// </summary>
        private bool TryRenamePatiently(Temp temp, string blob, ETag etag, CancellationToken cancellationToken)
        {
            var clock = Stopwatch.StartNew();
            while (true)
            {
                try
                {
                    return TryRename(temp, blob, etag);
                }
                catch (DiskException e) when (e.Error == DiskError.Busy && clock.Elapsed < HeldPatience)
                {
                    cancellationToken.WaitHandle.WaitOne(HeldPause);
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }
        }

        private bool TryRename(Temp temp, string blob, ETag etag)
        {
            try
            {
                // Another tool may have put its own file under the temp's name; that file must not be published.
                if (IsAnother(temp, temp.Path))
                {
                    return IsThereAndRight(blob, etag, temp.Length);
                }

                temp.RenameTo(blob);
                if (disk.Look(blob)?.Identity == temp.Identity || IsThereAndRight(blob, etag, temp.Length))
                {
                    return true;
                }

                // The file was exchanged between the two calls.
                disk.Delete(blob);
                return false;
            }
            catch (DiskException e) when (e.Error == DiskError.NotFound)
            {
                // Either the temp was removed, or the folder: then it is made again with the copy.
                return IsThereAndRight(blob, etag, temp.Length);
            }
            catch (DiskException e) when (e.Error is DiskError.Busy or DiskError.AccessDenied && IsThereAndRight(blob, etag, temp.Length))
            {
                // A blob that a process reads cannot be replaced there, and need not be if its bytes are right.
                return true;
            }
        }

        /// <summary>
        /// Whether another file certainly has the name, or none: where files are not told apart, the hash of what was published decides.
        /// </summary>
        private bool IsAnother(Temp temp, string path)
        {
            return disk.Look(path) is not FileFacts facts
                || (facts.Identity.IsKnown && temp.Identity.IsKnown && facts.Identity != temp.Identity);
        }

        private bool TryFlushFolder()
        {
            try
            {
                flush.Flush(folder.Blobs);
                return true;
            }
            catch (DiskException e) when (e.Error == DiskError.NotFound)
            {
                // The whole repo was removed after the rename, and the blob with it.
                return false;
            }
        }

        /// <summary>
        /// A copy of as many bytes as were verified, verified again as they are written; null when they are not the blob's any more.
        /// </summary>
        private Temp? CopyOf(Temp source, ETag etag)
        {
            Temp copy = Temp.CreateForBlob(disk, folder, etag);
            bool isRight = false;
            try
            {
                copy.Reserve(source.Length);
                using var writer = new BlobWriter(copy, etag, source.Length);
                byte[] buffer = new byte[CopyBlock];
                for (int read; copy.Length < source.Length
                    && (read = source.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, source.Length - copy.Length)), copy.Length)) > 0;)
                {
                    writer.Append(buffer.AsSpan(0, read));
                }

                isRight = writer.IsRight;
                return isRight ? copy : null;
            }
            finally
            {
                if (!isRight)
                {
                    copy.Dispose();
                }
            }
        }

        /// <summary>Whether another process published the same bytes; then they are flushed, since this call reports them.</summary>
        private bool IsThereAndRight(string path, ETag etag, long length)
        {
            try
            {
                using SafeFileHandle file = disk.OpenForReading(path, followLink: true);
                if (!BlobHash.IsOf(disk, file, path, etag, length))
                {
                    return false;
                }

                YoungFile.FlushBytes(disk, path);
                return true;
            }
            catch (DiskException)
            {
                return false;
            }
        }
    }
}
