using Blake3;
using K4os.Compression.LZ4;

namespace HubCache.Codecs;

/// <summary>LZ4 by K4os.Compression.LZ4, BLAKE3 by Blake3.</summary>
public sealed class XetCodecs : IXetCodecs
{
    /// <inheritdoc/>
    public int DecodeBlock(ReadOnlySpan<byte> packed, ReadOnlySpan<byte> earlier, Span<byte> target)
        => earlier.IsEmpty ? LZ4Codec.Decode(packed, target) : LZ4Codec.Decode(packed, target, earlier);

    /// <inheritdoc/>
    public void Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> hash)
    {
        using Hasher hasher = Hasher.NewKeyed(key);
        hasher.Update(data);
        hasher.Finalize(hash);
    }
}
