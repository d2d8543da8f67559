using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Xet;

/// <summary>
/// The chunk lists of a cache: <c>.locks/&lt;repo folder&gt;/&lt;etag&gt;.chunks</c>, where no client's scan looks. What they say saves
/// bytes and proves nothing; one that is lost, old or wrong costs bytes and nothing else.
/// </summary>
internal sealed class ChunkLists(Disk disk, string cachePath)
{
    /// <summary>How the name of a list ends.</summary>
    public const string Suffix = ".chunks";

    private const int MostLists = 20_000;
    private const int MostOpen = 64;

    private readonly object _gate = new();
    private Dictionary<string, XetHash[]>? _index;

    /// <summary>Where the list of a blob lies.</summary>
    public static string PathOf(RepoPaths folder, ETag etag) => Path.Combine(folder.Locks, etag.Value + Suffix);

    /// <summary>Keeps a list. A cache that cannot be written to is not an error.</summary>
    public void Keep(RepoPaths folder, ETag etag, ChunkList list)
    {
        try
        {
            if (ChunkListFormat.Write(list) is not byte[] bytes)
            {
                return;
            }

            string path = PathOf(folder, etag);
            FolderMaker.Ensure(disk, folder.Locks);
            using (Temp temp = Temp.Create(disk, folder.Blobs, "chunks"))
            {
                temp.Append(bytes);
                temp.RenameTo(path);
            }

            lock (_gate)
            {
                _index?.TryAdd(path, [.. list.Runs.Select(run => run.Xorb).Distinct()]);
            }
        }
        catch (DiskException)
        {
            // The next revision costs what it cost without it.
        }
    }

    /// <summary>Finds blobs of the cache that have chunks of some xorbs, and adds what they have.</summary>
    /// <param name="xorbs">The xorbs.</param>
    /// <param name="target">Takes the chunks.</param>
    /// <returns>The blobs, open; to be disposed.</returns>
    public IReadOnlyList<IDisposable> Find(IReadOnlySet<XetHash> xorbs, LocalChunks target)
    {
        List<IDisposable> opened = [];
        foreach (string path in Index().Where(list => list.Value.Any(xorbs.Contains)).Select(list => list.Key).Take(MostOpen))
        {
            if (Read(path) is ChunkList list && BlobBytes.TryOpen(disk, BlobOf(path), list.Length) is BlobBytes blob)
            {
                target.Add(list.Runs.Where(run => xorbs.Contains(run.Xorb)), blob);
                opened.Add(blob);
            }
        }

        return opened;
    }

    /// <summary>The lists of a repo.</summary>
    public static IReadOnlyList<string> Of(Disk disk, RepoPaths folder)
    {
        try
        {
            return [.. disk
                .List(folder.Locks)
                .Where(name => name.EndsWith(Suffix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => Path.Combine(folder.Locks, name))];
        }
        catch (DiskException)
        {
            return [];
        }
    }

    /// <summary>Bytes of the lists of a repo.</summary>
    public static long SizeOf(Disk disk, RepoPaths folder)
    {
        try
        {
            return Of(disk, folder).Sum(path => disk.Look(path)?.Length ?? 0);
        }
        catch (DiskException)
        {
            return 0;
        }
    }

    /// <summary>Why a list is of no use, for people; null when it may be.</summary>
    public static string? FaultOf(Disk disk, RepoPaths folder, string path)
    {
        ETag? etag = ETag.TryParse(Path.GetFileNameWithoutExtension(path));
        return etag is null || disk.LookThrough(folder.Blob(etag)) is not { Kind: FileKind.File } blob ? "is of a blob that is not there"
            : ReadFrom(disk, path) is not ChunkList list ? "cannot be read"
            : list.Length != blob.Length ? "is of a blob of another length"
            : null;
    }

    /// <summary>Removes the lists of blobs that are gone.</summary>
    public static void Sweep(Disk disk, RepoPaths folder)
    {
        foreach (string path in Of(disk, folder))
        {
            try
            {
                if (ETag.TryParse(Path.GetFileNameWithoutExtension(path)) is not ETag etag || disk.Look(folder.Blob(etag)) is null)
                {
                    disk.Delete(path);
                }
            }
            catch (DiskException)
            {
                // It is harmless, and Test-HubCache tells of it.
            }
        }
    }

    private string BlobOf(string path)
        => Path.Combine(cachePath, Path.GetFileName(Path.GetDirectoryName(path)!), "blobs", Path.GetFileNameWithoutExtension(path));

    private ChunkList? Read(string path) => ReadFrom(disk, path);

    private static ChunkList? ReadFrom(Disk disk, string path)
    {
        try
        {
            return WholeFile.Read(disk, path, ChunkListFormat.MostBytes, followLink: false) is ReadOnlyMemory<byte> bytes
                ? ChunkListFormat.Read(bytes.Span)
                : null;
        }
        catch (DiskException)
        {
            return null;
        }
    }

    /// <summary>Which xorbs each list of the cache has: read once, from the beginning of each.</summary>
    private Dictionary<string, XetHash[]> Index()
    {
        lock (_gate)
        {
            if (_index is null)
            {
                _index = new Dictionary<string, XetHash[]>(StringComparer.Ordinal);
                foreach (string path in All().Take(MostLists))
                {
                    if (XorbsOf(path) is XetHash[] xorbs)
                    {
                        _index[path] = xorbs;
                    }
                }
            }

            return new Dictionary<string, XetHash[]>(_index, StringComparer.Ordinal);
        }
    }

    private List<string> All()
    {
        List<string> lists = [];
        try
        {
            string locks = Path.Combine(cachePath, ".locks");
            foreach (string repo in disk
                .List(locks)
                .Select(name => Path.Combine(locks, name))
                .Where(path => disk.Look(path) is { Kind: FileKind.Folder }))
            {
                lists.AddRange(disk
                    .List(repo)
                    .Where(name => name.EndsWith(Suffix, StringComparison.Ordinal))
                    .Select(name => Path.Combine(repo, name)));
            }
        }
        catch (DiskException)
        {
            // What can be read is enough.
        }

        return lists;
    }

    private XetHash[]? XorbsOf(string path)
    {
        try
        {
            using SafeFileHandle file = disk.OpenForReading(path, followLink: false);
            byte[] header = new byte[ChunkListFormat.HeaderSize];
            if (disk.Read(file, header, 0, path) < header.Length || ChunkListFormat.XorbsOf(header) is not int count)
            {
                return null;
            }

            byte[] hashes = new byte[Math.Min(count * XetHash.Size, disk.Look(file, path).Length)];
            int read = disk.Read(file, hashes, header.Length, path);
            return read < count * XetHash.Size
                ? null
                : [.. Enumerable.Range(0, count).Select(i => XetHash.FromBytes(hashes.AsSpan(i * XetHash.Size)))];
        }
        catch (DiskException)
        {
            return null;
        }
    }
}

/// <summary>A finished file, open for reading.</summary>
internal sealed class BlobBytes : ILocalBytes, IDisposable
{
    private readonly Disk _disk;
    private readonly SafeFileHandle _file;
    private readonly string _path;

    private BlobBytes(Disk disk, SafeFileHandle file, string path, long length)
        => (_disk, _file, _path, Length) = (disk, file, path, length);

    public long Length { get; }

    /// <summary>Opens a file of a known length; null when it is not there, or is another.</summary>
    public static BlobBytes? TryOpen(Disk disk, string path, long length)
    {
        try
        {
            SafeFileHandle file = disk.OpenForReading(path, followLink: true);
            if (disk.Look(file, path).Length >= length)
            {
                return new BlobBytes(disk, file, path, length);
            }

            file.Dispose();
        }
        catch (DiskException)
        {
            // Then it is fetched.
        }

        return null;
    }

    public int Read(Span<byte> buffer, long offset)
    {
        try
        {
            return _disk.Read(_file, buffer, offset, _path);
        }
        catch (Exception e) when (e is DiskException or ObjectDisposedException)
        {
            return 0;
        }
    }

    public void Dispose() => _file.Dispose();
}
