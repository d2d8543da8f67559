using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Repairing;

/// <summary>What the parts of a repair work with.</summary>
/// <param name="Disk">The file operations.</param>
/// <param name="Folder">The repo.</param>
/// <param name="Hub">Downloads files; null when the Hub may not be asked.</param>
/// <param name="Questions">Asks the Hub the rest; null when it may not be asked.</param>
/// <param name="Observer">Hears decisions and progress.</param>
internal sealed record RepairContext(Disk Disk, RepoPaths Folder, IHubFiles? Hub, HubQuestions? Questions, IDownloadObserver Observer)
{
    /// <summary>Whether files are linked as hard links or copies.</summary>
    public bool WithoutSymbolicLinks { get; init; }

    /// <summary>Whether files that a snapshot lacks are fetched too.</summary>
    public bool Complete { get; init; }

    public Quarantine Aside => new(Disk, Folder);

    public SnapshotLink Links => new(Disk, Folder, new FolderFlush(Disk), WithoutSymbolicLinks);
}

/// <summary>What was done about a problem.</summary>
/// <param name="Action">What, in a word.</param>
/// <param name="Result"><c>Repaired</c>, <c>Skipped</c> or <c>Failed</c>.</param>
/// <param name="Detail">A sentence.</param>
internal sealed record Outcome(string Action, string Result, string Detail)
{
    public long Bytes { get; init; }

    /// <summary>Why it failed; null when it did not.</summary>
    public HubCacheException? Error { get; init; }

    public static Outcome Done(string action, string detail) => new(action, "Repaired", detail);

    public static Outcome Skipped(string why) => new("None", "Skipped", why);

    public static Outcome Failed(HubCacheException error) => new("None", "Failed", error.Message) { Error = error };
}
