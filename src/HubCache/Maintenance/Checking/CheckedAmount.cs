namespace HubCache;

/// <summary>How much a check of a cache looked at.</summary>
/// <param name="Repos">Repos.</param>
/// <param name="Files">Names in snapshots.</param>
/// <param name="Hashed">Files whose bytes were to be hashed.</param>
/// <param name="Bytes">The bytes of those.</param>
public readonly record struct CheckedAmount(int Repos, int Files, int Hashed, long Bytes);
