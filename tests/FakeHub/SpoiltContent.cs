namespace FakeHub;

/// <summary>A content with one bit turned.</summary>
internal sealed class FlippedContent(FileContent inner, long at) : FileContent
{
    public override long Length => inner.Length;

    public override ReadOnlyMemory<byte> Slice(long offset, int maximum)
    {
        if (offset > at)
        {
            return inner.Slice(offset, maximum);
        }
        if (offset < at)
        {
            return inner.Slice(offset, (int)Math.Min(maximum, at - offset));
        }
        return new[] { (byte)(inner.Slice(offset, 1).Span[0] ^ 1) };
    }
}

/// <summary>A content cut short, or with zeros behind its end.</summary>
internal sealed class ResizedContent(FileContent inner, long delta) : FileContent
{
    public override long Length => Math.Max(0, inner.Length + delta);

    public override ReadOnlyMemory<byte> Slice(long offset, int maximum) => offset < inner.Length
        ? inner.Slice(offset, (int)Math.Min(maximum, Length - offset))
        : new byte[Math.Min(maximum, Length - offset)];
}
