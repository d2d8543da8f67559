namespace HubCache.Transfer;

/// <summary>A body that is about to arrive, its headers checked.</summary>
/// <param name="Body">The bytes; disposed with the answer.</param>
/// <param name="Address">Where they come from.</param>
/// <param name="Start">The offset in the file of the first byte: the one asked for, or 0 where the server sends the whole file
/// instead.</param>
/// <param name="End">The offset after the last byte that belongs to the answer.</param>
/// <param name="IsLengthDeclared">Whether the answer said how long it is; if not, it may turn out longer.</param>
/// <param name="Owner">The response.</param>
internal sealed record ByteAnswer(Stream Body, Uri Address, long Start, long End, bool IsLengthDeclared, IDisposable Owner) : IDisposable
{
    /// <summary>Whether the source counts what comes over the network, and pays for it: its bytes are not those of the body.</summary>
    public bool IsCounted { get; init; }

    public void Dispose() => Owner.Dispose();
}
