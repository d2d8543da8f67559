using HubCache.Names;

namespace HubCache.Xet;

/// <summary>
/// Finds out which xorbs of a file with a wrong hash are right: with all its chunks, a xorb can be proven by its name.
/// </summary>
internal static class XorbProof
{
    /// <summary>The runs of chunks whose xorb is proven.</summary>
    /// <param name="runs">Where the chunks lie.</param>
    /// <param name="bytes">The file.</param>
    /// <param name="codecs">For the hashes.</param>
    public static IReadOnlyList<ChunkRun> Proven(IReadOnlyList<ChunkRun> runs, ILocalBytes bytes, IXetCodecs codecs)
    {
        var tree = new MerkleTree(codecs);
        return [.. runs
            .GroupBy(run => run.Xorb)
            .Where(xorb => IsProven(xorb.Key, [.. xorb.OrderBy(run => run.First)], bytes, tree))
            .SelectMany(xorb => xorb)];
    }

    private static bool IsProven(XetHash xorb, ChunkRun[] runs, ILocalBytes bytes, MerkleTree tree)
    {
        List<HashedLength> chunks = [];
        byte[] buffer = new byte[Chunk.MostBytes];
        foreach (ChunkRun run in runs)
        {
            // A gap: without its chunks nothing can be said.
            if (run.First != chunks.Count)
            {
                return false;
            }

            for (int chunk = run.First; chunk < run.End; chunk++)
            {
                Extent place = run.Of(chunk);
                Span<byte> part = buffer.AsSpan(0, (int)place.Length);
                if (!TryRead(bytes, part, place.Start))
                {
                    return false;
                }

                chunks.Add(new HashedLength(tree.OfChunk(part), place.Length));
            }
        }

        return tree.Root(chunks) == xorb;
    }

    private static bool TryRead(ILocalBytes bytes, Span<byte> part, long offset)
    {
        for (int read; part.Length > 0; part = part[read..], offset += read)
        {
            read = bytes.Read(part, offset);
            if (read == 0)
            {
                return false;
            }
        }

        return true;
    }
}
