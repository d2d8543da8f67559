using HubCache.Names;

namespace HubCache.Xet;

/// <summary>Bytes of a file on this disk, read from any place.</summary>
internal interface ILocalBytes
{
    /// <summary>Bytes that may be read. Grows while it is written.</summary>
    long Length { get; }

    /// <summary>Reads; 0 when there is nothing, or it cannot be read.</summary>
    int Read(Span<byte> buffer, long offset);
}

/// <summary>Where on this disk a chunk lies.</summary>
internal readonly record struct LocalPlace(ILocalBytes Bytes, Extent Place);

/// <summary>Chunks of files that are in the cache already: what a new file shares with them is copied.</summary>
internal sealed class LocalChunks
{
    private readonly object _gate = new();
    private readonly Dictionary<XetHash, List<(ChunkRun Run, ILocalBytes Bytes)>> _xorbs = [];

    /// <summary>Whether there are any.</summary>
    public bool IsEmpty => _xorbs.Count == 0;

    /// <summary>Adds runs of a file.</summary>
    public void Add(IEnumerable<ChunkRun> runs, ILocalBytes bytes)
    {
        lock (_gate)
        {
            foreach (ChunkRun run in runs)
            {
                if (!_xorbs.TryGetValue(run.Xorb, out List<(ChunkRun, ILocalBytes)>? known))
                {
                    _xorbs.Add(run.Xorb, known = []);
                }

                known.Add((run, bytes));
            }
        }
    }

    /// <summary>Forgets a file that turned out not to have what was noted of it.</summary>
    public void Remove(ILocalBytes bytes)
    {
        lock (_gate)
        {
            foreach (List<(ChunkRun Run, ILocalBytes Bytes)> runs in _xorbs.Values)
            {
                runs.RemoveAll(run => run.Bytes == bytes);
            }
        }
    }

    /// <summary>Where a chunk is to be had; null when none of these files has it.</summary>
    public LocalPlace? Find(XetHash xorb, int chunk)
    {
        lock (_gate)
        {
            if (_xorbs.TryGetValue(xorb, out List<(ChunkRun Run, ILocalBytes Bytes)>? runs))
            {
                foreach ((ChunkRun run, ILocalBytes bytes) in runs)
                {
                    if (run.First <= chunk && chunk < run.End)
                    {
                        return new LocalPlace(bytes, run.Of(chunk));
                    }
                }
            }

            return null;
        }
    }
}

/// <summary>
/// Decoded chunks that lie in a range that was fetched, and are wanted further on in the file. A few: the rest is asked for again.
/// </summary>
internal sealed class ChunkStash
{
    private const int MostBytes = 16 << 20;

    private readonly object _gate = new();
    private readonly Dictionary<(XetHash Xorb, int Chunk), byte[]> _chunks = [];
    private int _bytes;

    public bool HasRoom => _bytes < MostBytes - Chunk.MostBytes;

    public void Add(XetHash xorb, int chunk, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (HasRoom && _chunks.TryAdd((xorb, chunk), bytes.ToArray()))
            {
                _bytes += bytes.Length;
            }
        }
    }

    /// <summary>A chunk, which stays only if it is wanted again.</summary>
    public byte[]? Take(XetHash xorb, int chunk)
    {
        lock (_gate)
        {
            if (_chunks.Remove((xorb, chunk), out byte[]? bytes))
            {
                _bytes -= bytes.Length;
            }

            return bytes;
        }
    }
}
