using System.Globalization;
using HubCache.Names;

namespace HubCache.Xet;

/// <summary>Bytes from one offset up to another.</summary>
internal readonly record struct Extent(long Start, long End)
{
    public long Length => End - Start;
}

/// <summary>A run of a file's bytes: chunks of one xorb, one behind the other.</summary>
/// <param name="Xorb">The xorb.</param>
/// <param name="First">The first chunk's number in it.</param>
/// <param name="End">The number behind the last chunk's.</param>
/// <param name="Length">Bytes that the chunks decode to.</param>
internal readonly record struct XetTerm(XetHash Xorb, int First, int End, int Length);

/// <summary>Bytes of a xorb that one link opens: whole chunks, to be asked for as they are and in no part.</summary>
/// <param name="xorb">The xorb.</param>
/// <param name="link">A signed link: opaque, a secret for as long as it holds, and no place for a token.</param>
/// <param name="first">The first chunk's number.</param>
/// <param name="end">The number behind the last chunk's.</param>
/// <param name="bytes">Where the chunks lie in the stored xorb.</param>
internal sealed class SignedRange(XetHash xorb, Uri link, int first, int end, Extent bytes)
{
    public XetHash Xorb => xorb;

    public Uri Link => link;

    public int First => first;

    public int End => end;

    public Extent Bytes => bytes;

    /// <summary>Without the link.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"chunks {first}-{end - 1} of xorb {xorb}");
}

/// <summary>How a part of a file is put together: what the service answered, checked.</summary>
/// <param name="Part">The part of the file that the terms give, without what is to be dropped at both ends.</param>
/// <param name="Offset">Bytes to drop from the first term.</param>
/// <param name="Terms">In the order of the file.</param>
/// <param name="Ranges">For each term the range that its chunks lie in.</param>
internal sealed record Reconstruction(Extent Part, int Offset, IReadOnlyList<XetTerm> Terms, IReadOnlyList<SignedRange> Ranges);
