namespace HubCache;

/// <summary>What Xet needs of other people's libraries: LZ4 and BLAKE3. They are loaded when the first of these is asked for.</summary>
public interface IXetCodecs
{
    /// <summary>Decodes one LZ4 block (the block format, without a frame).</summary>
    /// <param name="packed">The block.</param>
    /// <param name="earlier">What was decoded just before it and may be referred to, 64 KB at most; empty for none.</param>
    /// <param name="target">Takes the decoded bytes; nothing is ever written behind its end.</param>
    /// <returns>How many bytes were decoded; negative when the block is no LZ4 or decodes to more than the target holds.</returns>
    int DecodeBlock(ReadOnlySpan<byte> packed, ReadOnlySpan<byte> earlier, Span<byte> target);

    /// <summary>BLAKE3 with a key.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="data">What is hashed.</param>
    /// <param name="hash">Takes 32 bytes.</param>
    void Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> hash);
}
