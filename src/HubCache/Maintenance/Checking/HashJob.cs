using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Checking;

/// <summary>A file whose bytes are to be compared with a name, and what the answer means.</summary>
/// <param name="Path">The file.</param>
/// <param name="Facts">What it looks like, links followed.</param>
/// <param name="Names">The hashes that would be right; usually one.</param>
/// <param name="IfWrong">What is wrong when the bytes have none of them.</param>
internal sealed record HashJob(string Path, FileFacts Facts, IReadOnlyList<ETag> Names, Finding IfWrong)
{
    /// <summary>What is wrong when the bytes are right: their listing has another length. Null when nothing is.</summary>
    public Finding? IfRight { get; init; }

    /// <summary>Makes the finding for a file that cannot be read, from the reason.</summary>
    public required Func<string, Finding?> IfUnreadable { get; init; }
}
