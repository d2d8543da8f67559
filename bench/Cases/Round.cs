using Bench.Contenders;

namespace Bench.Cases;

/// <summary>Ours and one peer, measured one after the other, so that whatever else the machine does falls on all alike.</summary>
internal sealed record Round(Reading? Session, string? PeerTitle, Reading? Peer, Reading? Process);
