using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using HubCache.Blobs;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Maintenance.Packing;

/// <summary>Takes what an archive brings. A writer that it makes is given back with all bytes, and only if they are right.</summary>
internal interface IArchiveVisitor
{
    /// <summary>A blob comes; null when its bytes are not wanted.</summary>
    BlobWriter? Begin(PackedRepo repo, LockedFile blob);

    /// <summary>The blob has its length and its hash.</summary>
    void End(PackedRepo repo, LockedFile blob, BlobWriter? writer);

    /// <summary>The list of all files of a commit, which agrees with the archive's own.</summary>
    void Tree(PackedRepo repo, IReadOnlyList<TreeEntry> entries);
}

/// <summary>Reads an archive that <see cref="ArchiveWriter"/> wrote, and nothing else.</summary>
/// <remarks>
/// The list in front says what the archive has to hold, in which order. Each entry is compared with what our layout makes of that list, and
/// is never itself used as a name: an absolute path, <c>..</c>, a link elsewhere, a device, a second entry of one name is simply not the
/// entry that is due.
/// </remarks>
internal sealed class ArchiveReader : IDisposable
{
    // A million files, and the tree of as many.
    private const long LongestList = 256 << 20;
    private const long LongestTree = 512 << 20;
    private const int BufferLength = 1 << 16;

    private readonly string _path;
    private readonly CancellationToken _cancellationToken;
    private readonly SafeFileHandle _file;
    private readonly Stream _stream;
    private readonly TarInput _tar;

    /// <summary>Opens an archive and reads its list.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidArchive"/>: it is none of ours.</exception>
    /// <exception cref="DiskException">It cannot be read.</exception>
    public ArchiveReader(Disk disk, string path, CancellationToken cancellationToken)
    {
        (_path, _cancellationToken) = (path, cancellationToken);
        _file = disk.OpenForReading(path, followLink: true);
        try
        {
            bool isCompressed = IsCompressed(disk);
            var input = new DiskInput(disk, _file, path);
            _stream = isCompressed ? new GZipStream(input, CompressionMode.Decompress) : new BufferedStream(input, BufferLength);
            _tar = new TarInput(_stream);
            long? length = isCompressed ? null : disk.Look(_file, path).Length;
            Repos = Checked(() => ReadList(length));
        }
        catch
        {
            _stream?.Dispose();
            _file.Dispose();
            throw;
        }
    }

    /// <summary>What the archive says that it holds.</summary>
    public IReadOnlyList<PackedRepo> Repos { get; }

    /// <summary>Reads the rest, once, and checks all of it: names, kinds, sizes, hashes, and that nothing else is there.</summary>
    /// <param name="visitor">Takes it.</param>
    /// <param name="activity">What is being done, in one word.</param>
    /// <param name="observer">Hears progress.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidArchive"/>, or <see cref="HubErrorCode.HashMismatch"/>: a blob's
    /// bytes are wrong.</exception>
    /// <exception cref="DiskException">It cannot be read, or the visitor's disk failed.</exception>
    public void Visit(IArchiveVisitor visitor, string activity, IDownloadObserver observer) => Checked(() =>
    {
        foreach (ArchiveStep step in ArchiveStep.Of(Repos))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            Expect(step.Entry);
            if (step.Blob is LockedFile blob)
            {
                var progress = new FileProgress(blob.Name.Value, blob.Length) { Activity = activity };
                observer.Begin(progress);
                ReadBlob(step, blob, visitor, progress);
                progress.IsFinished = true;
            }
            else if (step.IsTree)
            {
                visitor.Tree(step.Repo, ReadTree(step));
            }
            else if (step.Ref is Revision name && Encoding.ASCII.GetString(ReadContent(step.Entry.Length)) != step.Repo.Locked.Commit.Value)
            {
                throw new TarFormatException($"has another commit in the ref '{name}' than in its list");
            }
        }

        return _tar.Next() is TarEntry extra
            ? throw new TarFormatException($"has an entry '{extra.Name}' that its list does not know")
            : true;
    });

    public void Dispose()
    {
        _stream.Dispose();
        _file.Dispose();
    }

    private bool IsCompressed(Disk disk)
    {
        Span<byte> magic = stackalloc byte[2];
        return disk.Read(_file, magic, 0, _path) == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
    }

    private IReadOnlyList<PackedRepo> ReadList(long? archiveLength)
    {
        if (_tar.Next() is not { Kind: TarKind.File, Name: ArchiveStep.ListName, Length: <= LongestList } entry)
        {
            throw new TarFormatException($"does not begin with the list '{ArchiveStep.ListName}'");
        }

        IReadOnlyList<PackedRepo> repos;
        try
        {
            repos = PackingJson.Read(ReadContent(entry.Length), PackingJson.ExportFormat);
        }
        catch (FormatException e)
        {
            throw new TarFormatException($"has a list that {e.Message}");
        }

        if (ArchiveStep.Fault(repos) is string fault)
        {
            throw new TarFormatException($"has a list that {fault}");
        }

        // Fail early: reading the archive may take hours, and room must not be reserved for sizes that are wrong.
        return archiveLength < ArchiveStep.TotalOf(repos)
            ? throw new TarFormatException("is shorter than the files in its list together: it was cut off, or its list is wrong")
            : repos;
    }

    private void Expect(TarEntry due)
    {
        TarEntry? found = _tar.Next();
        if (found is null)
        {
            throw new TarFormatException($"ends before '{due.Name}'");
        }

        if (found != due)
        {
            throw new TarFormatException(
                found.Name != due.Name ? $"has '{found.Name}' where '{due.Name}' is due"
                : found.Kind != due.Kind ? $"has '{due.Name}' as another kind of file"
                : found.Target != due.Target ? $"has a link '{due.Name}' to '{found.Target}', which does not lead to its blob"
                : $"has another size of '{due.Name}' than its list");
        }
    }

    private void ReadBlob(ArchiveStep step, LockedFile blob, IArchiveVisitor visitor, FileProgress progress)
    {
        using BlobWriter? writer = visitor.Begin(step.Repo, blob);
        using Temp? temp = writer?.Temp;
        using BlobHash? hash = writer is null ? new BlobHash(blob.ETag, blob.Length) : null;
        long done = 0;
        _tar.Read(
            blob.Length,
            block =>
            {
                hash?.Append(block);
                writer?.Append(block);
                done += block.Length;
                progress.Received(block.Length);
                progress.Reached(done);
            },
            _cancellationToken);
        if (!(writer?.IsRight ?? hash!.Matches()))
        {
            throw PackingErrors.WrongBytes(
                _path,
                step.Entry.Name,
                "The archive is damaged: copy it again, or export it again where it came from. Nothing of it was taken in.");
        }

        visitor.End(step.Repo, blob, writer);
    }

    private IReadOnlyList<TreeEntry> ReadTree(ArchiveStep step)
    {
        if (step.Entry.Length > LongestTree)
        {
            throw new TarFormatException($"has a '{step.Entry.Name}' that is longer than any tree");
        }

        byte[] text = ReadContent(step.Entry.Length);
        if (!Convert.ToHexString(SHA256.HashData(text)).Equals(step.Repo.Tree!.Sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw PackingErrors.WrongBytes(
                _path,
                step.Entry.Name,
                "The archive is damaged: copy it again, or export it again where it came from. Nothing of it was taken in.");
        }

        IReadOnlyList<TreeEntry> entries =
            TreeJson.Read(text) ?? throw new TarFormatException($"has a '{step.Entry.Name}' that is no tree");
        return step.Repo.Contradiction(entries) is string file
            ? throw new TarFormatException($"has a tree that says something else of '{file}' than its list")
            : entries;
    }

    private byte[] ReadContent(long length)
    {
        // Grows with what really comes: a size alone takes no memory.
        var content = new MemoryStream();
        _tar.Read(length, content.Write, _cancellationToken);
        return content.ToArray();
    }

    private T Checked<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (TarFormatException e)
        {
            throw PackingErrors.BadArchive(_path, e.Message);
        }
        catch (InvalidDataException e)
        {
            throw PackingErrors.BadArchive(_path, $"is damaged where it is compressed ({e.Message.TrimEnd('.')})");
        }
    }
}
