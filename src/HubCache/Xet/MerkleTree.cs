using System.Globalization;
using System.Text;
using HubCache.Names;

namespace HubCache.Xet;

/// <summary>A piece of data by its hash and length: a chunk, or a node over some.</summary>
internal readonly record struct HashedLength(XetHash Hash, long Length);

/// <summary>The hashes by which Xet names chunks, xorbs and files (xet-core, merklehash): they prove what was decoded.</summary>
internal sealed class MerkleTree(IXetCodecs codecs)
{
    private const int SmallestGroup = 2;
    private const int LargestGroup = 9;
    private const ulong CutModulus = 4;

    private static readonly byte[] DataKey = Convert.FromHexString("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229");
    private static readonly byte[] NodeKey = Convert.FromHexString("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f");
    private static readonly byte[] FileKey = new byte[XetHash.Size];

    /// <summary>The hash of one chunk's bytes.</summary>
    public XetHash OfChunk(ReadOnlySpan<byte> bytes) => Keyed(DataKey, bytes);

    /// <summary>The root over chunks in their order, which names a xorb; all zeros for none.</summary>
    public XetHash Root(IReadOnlyList<HashedLength> chunks)
    {
        if (chunks.Count == 0)
        {
            return default;
        }

        while (chunks.Count > 1)
        {
            chunks = Level(chunks);
        }

        return chunks[0].Hash;
    }

    /// <summary>What names a file of these chunks; all zeros for none.</summary>
    public XetHash OfFile(IReadOnlyList<HashedLength> chunks)
    {
        if (chunks.Count == 0)
        {
            return default;
        }

        Span<byte> root = stackalloc byte[XetHash.Size];
        Root(chunks).CopyTo(root);
        return Keyed(FileKey, root);
    }

    private List<HashedLength> Level(IReadOnlyList<HashedLength> children)
    {
        List<HashedLength> parents = [];
        for (int start = 0; start < children.Count;)
        {
            int count = GroupAt(children, start);
            parents.Add(Node(children, start, count));
            start += count;
        }

        return parents;
    }

    /// <summary>A group ends behind the first hash from its third on that is 0 modulo 4, or with the ninth.</summary>
    private static int GroupAt(IReadOnlyList<HashedLength> children, int start)
    {
        int left = children.Count - start;
        if (left <= SmallestGroup)
        {
            return left;
        }

        int most = Math.Min(LargestGroup, left);
        for (int i = SmallestGroup; i < most; i++)
        {
            if (children[start + i].Hash.Fourth % CutModulus == 0)
            {
                return i + 1;
            }
        }

        return most;
    }

    private HashedLength Node(IReadOnlyList<HashedLength> children, int start, int count)
    {
        var lines = new StringBuilder();
        long length = 0;
        for (int i = start; i < start + count; i++)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{children[i].Hash} : {children[i].Length}\n");
            length += children[i].Length;
        }

        return new HashedLength(Keyed(NodeKey, Encoding.ASCII.GetBytes(lines.ToString())), length);
    }

    private XetHash Keyed(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[XetHash.Size];
        codecs.Hash(key, data, hash);
        return XetHash.FromBytes(hash);
    }
}
