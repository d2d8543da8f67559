using HubCache.Names;

namespace HubCache.Xet;

/// <summary>Chunks that follow one another in a xorb and in a file alike.</summary>
internal sealed class ChunkRun(XetHash xorb, int first, long start)
{
    private readonly List<int> _ends = [];

    public XetHash Xorb => xorb;

    /// <summary>The first chunk's number in the xorb.</summary>
    public int First => first;

    /// <summary>The number behind the last one's.</summary>
    public int End => first + _ends.Count;

    /// <summary>The file's offset of the first byte.</summary>
    public long Start => start;

    /// <summary>Bytes of all its chunks.</summary>
    public int Length => _ends.Count == 0 ? 0 : _ends[^1];

    /// <summary>Where a chunk lies in the file.</summary>
    public Extent Of(int chunk)
    {
        int index = chunk - first;
        return new Extent(start + (index == 0 ? 0 : _ends[index - 1]), start + _ends[index]);
    }

    /// <summary>Adds the chunk that follows.</summary>
    public void Add(int length) => _ends.Add(Length + length);
}

/// <summary>Where in a file the chunks of xorbs lie: what was decoded, and may be needed again.</summary>
internal sealed class ChunkMap
{
    // Some 260 GB of file, and 16 MB of memory: what lies behind is fetched again where it repeats.
    private const int MostChunks = 4 << 20;
    private const int LongestRun = 1 << 30;

    private readonly object _gate = new();
    private readonly Dictionary<XetHash, List<ChunkRun>> _xorbs = [];
    private int _count;

    /// <summary>Whether chunks were left out.</summary>
    public bool IsFull => _count >= MostChunks;

    /// <summary>All runs, in the order of the file.</summary>
    public IReadOnlyList<ChunkRun> Runs()
    {
        lock (_gate)
        {
            return [.. _xorbs.Values.SelectMany(runs => runs).OrderBy(run => run.Start)];
        }
    }

    /// <summary>Notes a chunk, unless it is known.</summary>
    public void Add(XetHash xorb, int chunk, Extent place)
    {
        lock (_gate)
        {
            if (_count >= MostChunks || Find(xorb, chunk) is not null)
            {
                return;
            }

            if (!_xorbs.TryGetValue(xorb, out List<ChunkRun>? runs))
            {
                _xorbs.Add(xorb, runs = []);
            }

            ChunkRun? run =
                runs.Find(run => run.End == chunk && run.Start + run.Length == place.Start && run.Length < LongestRun - Chunk.MostBytes);
            if (run is null)
            {
                runs.Add(run = new ChunkRun(xorb, chunk, place.Start));
            }

            run.Add((int)place.Length);
            _count++;
        }
    }

    /// <summary>Where a chunk lies; null when that is not known.</summary>
    public Extent? PlaceOf(XetHash xorb, int chunk)
    {
        lock (_gate)
        {
            return Find(xorb, chunk)?.Of(chunk);
        }
    }

    private ChunkRun? Find(XetHash xorb, int chunk)
        => _xorbs.TryGetValue(xorb, out List<ChunkRun>? runs) ? runs.Find(run => run.First <= chunk && chunk < run.End) : null;
}
