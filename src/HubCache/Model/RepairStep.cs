namespace HubCache;

/// <summary>What a repair would do about a problem.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="Action">What would be done, a few words. Null when nothing would be.</param>
/// <param name="Bytes">Bytes that would be fetched; 0 when none would, or when nobody can say.</param>
public sealed record RepairStep(CacheProblem Problem, string? Action, long Bytes);
