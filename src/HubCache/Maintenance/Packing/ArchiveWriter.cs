using System.Globalization;
using System.IO.Compression;
using System.Text;
using HubCache.Blobs;
using HubCache.Ownership;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Maintenance.Packing;

/// <summary>Writes revisions of a cache into an archive, and checks the hash of each blob on the way.</summary>
internal sealed class ArchiveWriter(
    Disk disk, IReadOnlyList<ExportItem> items, IDownloadObserver observer, CancellationToken cancellationToken)
{
    private const int BufferLength = 1 << 20;

    /// <summary>Writes the archive, whole or not at all; compressed if its name ends in <c>.gz</c> or <c>.tgz</c>.</summary>
    /// <returns>Bytes.</returns>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.HashMismatch"/>: a blob is not what its name says.</exception>
    /// <exception cref="DiskException">The disk failed.</exception>
    public long Write(string path, bool overwrite)
    {
        PackedRepo[] repos = [.. items.Select(item => item.Packed)];
        PackingRoom.Check(disk, Path.GetDirectoryName(path)!, IsCompressed(path) ? 0 : ArchiveStep.TotalOf(repos));
        return NewFile.Write(disk, path, overwrite, temp => Write(temp, path, repos));
    }

    /// <summary>Whether an archive of this name is compressed.</summary>
    public static bool IsCompressed(string path)
        => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase);

    private void Write(Temp temp, string path, PackedRepo[] repos)
    {
        using Stream stream = IsCompressed(path)
            ? new GZipStream(new TempOutput(temp), CompressionLevel.Fastest)
            : new BufferedStream(new TempOutput(temp), BufferLength);
        var tar = new TarOutput(stream);
        byte[] list = PackingJson.Write(PackingJson.ExportFormat, repos);
        Put(tar, new TarEntry(TarKind.File, ArchiveStep.ListName, list.Length), list);
        foreach (ArchiveStep step in ArchiveStep.Of(repos))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ExportItem item = items.First(each => ReferenceEquals(each.Packed, step.Repo));
            if (step.Blob is LockedFile blob)
            {
                PutBlob(tar, step.Entry, blob, item.Sources[blob.ETag]);
            }
            else
            {
                Put(
                    tar,
                    step.Entry,
                    step.IsTree ? item.Tree! : step.Ref is null ? [] : Encoding.ASCII.GetBytes(step.Repo.Locked.Commit.Value));
            }
        }

        tar.End();
    }

    private static void Put(TarOutput tar, TarEntry entry, byte[] content)
    {
        tar.Begin(entry, DateTime.UtcNow);
        tar.Write(content);
        tar.EndFile(content.Length);
    }

    private void PutBlob(TarOutput tar, TarEntry entry, LockedFile blob, string source)
    {
        var progress = new FileProgress(blob.Name.Value, blob.Length) { Activity = "Packing" };
        observer.Begin(progress);
        try
        {
            using SafeFileHandle file = disk.OpenForReading(source, followLink: true);
            using var hash = new BlobHash(blob.ETag, blob.Length);

            // Its own time, so that it is no older and no younger where it is unpacked.
            tar.Begin(entry, disk.Look(file, source).Modified);
            long done = 0;
            FileBlocks.Read(
                disk,
                file,
                source,
                block =>
                {
                    if (block.Length > blob.Length - done)
                    {
                        throw Wrong(source, blob, string.Create(CultureInfo.InvariantCulture, $"more than {blob.Length}"));
                    }

                    hash.Append(block);
                    tar.Write(block);
                    done += block.Length;
                    progress.Received(block.Length);
                    progress.Reached(done);
                },
                cancellationToken);
            if (done != blob.Length || !hash.Matches())
            {
                throw Wrong(source, blob, string.Create(CultureInfo.InvariantCulture, $"{done}"));
            }

            tar.EndFile(done);
        }
        catch (DiskException e) when (e.Path == source)
        {
            throw PackingErrors.NotRead(source, e);
        }
        finally
        {
            progress.IsFinished = true;
        }
    }

    private static HubCacheException Wrong(string source, LockedFile blob, string bytes) => new(
        HubErrorCode.HashMismatch,
        $"The blob of '{blob.Name}' is damaged: '{source}' ({bytes} bytes) does not have the hash {blob.ETag}. No archive was written.",
        source,
        "Fetch it again with Save-HubFile -Force, and export then.");
}
