using System.Globalization;
using HubCache.Model;
using HubCache.Names;

namespace HubCache;

/// <summary>What a call did about one file, for logs: texts, numbers and times only, so that it becomes one line of JSON.</summary>
public sealed class FileReport
{
    /// <summary>The repo id.</summary>
    public required string RepoId { get; init; }

    /// <summary>The repo type: <c>Model</c>, <c>Dataset</c>, <c>Space</c> or <c>Kernel</c>.</summary>
    public required string RepoType { get; init; }

    /// <summary>The revision that was asked for.</summary>
    public required string Revision { get; init; }

    /// <summary>The commit that the file is from; null when it did not become known.</summary>
    public required string? CommitHash { get; init; }

    /// <summary>The path in the repo, with '/'; the name or pattern that was asked for where there is no such file.</summary>
    public required string FileName { get; init; }

    /// <summary>
    /// UTC: when its transfer began, after the wait for a place among <see cref="HubOptions.ThrottleLimit"/> others; of a file that needs
    /// none, when it became known.
    /// </summary>
    public required DateTime Started { get; init; }

    /// <summary>UTC: when it was in its place, or had failed. Never before <see cref="Started"/>.</summary>
    public required DateTime Ended { get; init; }

    /// <summary>Seconds between the two, to the millisecond.</summary>
    public required double Seconds { get; init; }

    /// <summary>Bytes in the file; null when that did not become known.</summary>
    public required long? Bytes { get; init; }

    /// <summary>Bytes of the file that came over the network in this call, repeated ones included, also when it failed.</summary>
    public required long BytesDownloaded { get; init; }

    /// <summary>
    /// Bytes of the file that did not have to come: this disk had them, in another file of the cache or at another place of this one.
    /// </summary>
    public required long BytesReused { get; init; }

    /// <summary><c>Downloaded</c>, <c>Resumed</c>, <c>Cache</c> or <c>Failed</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The name of the <see cref="HubErrorCode"/>; null when it did not fail.</summary>
    public required string? ErrorId { get; init; }

    /// <summary>The report on a name or a pattern that there is no file for.</summary>
    internal static FileReport OfNone(DownloadRequest request, string asked, HubCacheException error, FileTimes times) => new()
    {
        RepoId = request.RepoId.Value,
        RepoType = request.RepoType.ToString(),
        Revision = request.Revision.Value,
        CommitHash = request.Commit?.Value,
        FileName = asked,
        Started = times.Started,
        Ended = times.Started + times.Took,
        Seconds = Math.Round(times.Took.TotalSeconds, 3),
        Bytes = null,
        BytesDownloaded = 0,
        BytesReused = 0,
        Source = "Failed",
        ErrorId = error.Code.ToString(),
    };

    /// <summary>A line for people.</summary>
    public override string ToString() => PlainText.Of(string.Create(
        CultureInfo.InvariantCulture,
        $"{Ended:yyyy-MM-ddTHH:mm:ssZ} {RepoId}@{Revision} {FileName}: {Source}{(ErrorId is null ? string.Empty : $" ({ErrorId})")}, "
            + $"{BytesDownloaded} bytes fetched in {Seconds:0.###} s"));
}
