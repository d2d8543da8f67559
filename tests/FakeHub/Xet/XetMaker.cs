using System.Security.Cryptography;
using System.Text;

namespace FakeHub;

/// <summary>Cuts bytes into chunks and xorbs, always the same way for the same bytes and seed.</summary>
public static class XetMaker
{
    private const int Largest = 128 << 10;

    /// <summary>Any 64 hex digits that stand for a text.</summary>
    public static string HashOf(string text) => Hex.Of(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Chunks of lengths that a seed chooses, packed by all schemes in turn.</summary>
    public static FakeXorb Xorb(string name, ReadOnlySpan<byte> bytes, int seed = 1)
    {
        var random = new Random(seed);
        List<FakeChunk> chunks = [];
        for (int start = 0; start < bytes.Length;)
        {
            int length = Math.Min(bytes.Length - start, random.Next(8 << 10, Largest + 1));
            ReadOnlySpan<byte> chunk = bytes.Slice(start, length);
            chunks.Add(
                (chunks.Count % 3) switch { 0 => FakeChunk.Stored(chunk), 1 => FakeChunk.Framed(chunk), _ => FakeChunk.Grouped(chunk) });
            start += length;
        }

        return new FakeXorb(HashOf(name), chunks);
    }

    /// <summary>A file of whole xorbs, each of at most so many bytes of it.</summary>
    public static FakeXetFile File(string name, byte[] bytes, int bytesOfXorb = 60 << 20, int seed = 1)
    {
        List<FakeTerm> terms = [];
        for (int start = 0; start < bytes.Length; start += bytesOfXorb)
        {
            FakeXorb xorb = Xorb($"{name} {start}", bytes.AsSpan(start, Math.Min(bytesOfXorb, bytes.Length - start)), seed + start);
            terms.Add(new FakeTerm(xorb, 0, xorb.Chunks.Count));
        }

        return new FakeXetFile(HashOf(name), terms);
    }
}
