using HubCache.Hub;
using HubCache.Model;
using HubCache.Store;

namespace HubCache.Resolving;

/// <summary>One file of a request on its way: what is known of it, what was done, and how it ended.</summary>
internal sealed class FileState(HubFileName name)
{
    private HubCacheException? _error;

    public HubFileName Name { get; } = name;

    /// <summary>What the Hub says; null when the cache answered alone.</summary>
    public FileMetadata? Metadata { get; set; }

    /// <summary>The commit that the file is taken from, once it is known.</summary>
    public CommitHash? Commit { get; set; }

    /// <summary>What the cache has; null as long as it has to be fetched or linked.</summary>
    public CacheHit? Hit { get; set; }

    /// <summary>Whether the cache's bytes do not have their hash: they are replaced although name and length are right.</summary>
    public bool IsSpoilt { get; set; }

    /// <summary>Whether the Hub did not say by HEAD what the file is, so that the tree has to.</summary>
    public bool NeedsTree { get; set; }

    /// <summary>How long it took the Hub to say what the file is.</summary>
    public TimeSpan Waited { get; set; }

    /// <summary>Whether the bytes were checked against the etag in this call.</summary>
    public bool IsHashed { get; set; }

    /// <summary>Whether this call fetched the file.</summary>
    public bool IsFetched { get; set; }

    /// <summary>Whether what it fetched was the rest of an earlier download.</summary>
    public bool IsResumed { get; set; }

    /// <summary>Whether this call made its name in the snapshot.</summary>
    public bool IsLinked { get; set; }

    public long BytesDownloaded { get; set; }

    public long BytesReused { get; set; }

    /// <summary>When work on it began and ended.</summary>
    public FileTimes Times { get; } = new();

    /// <summary>Why the cache does not have it; null when it does.</summary>
    public HubCacheException? Error
    {
        get => _error;
        set
        {
            _error = value;
            if (value is not null)
            {
                Times.End();
            }
        }
    }

    /// <summary>Whether this call wrote anything of it.</summary>
    public bool IsOurs => IsFetched || IsLinked;

    private string Source => !IsFetched ? "Cache" : IsResumed ? "Resumed" : "Downloaded";

    /// <summary>Whether its bytes are fetched even where the cache has some.</summary>
    public bool MustBeFetched(DownloadRequest request) => request.Force || IsSpoilt;

    /// <summary>The file as callers see it. Only for one that the cache has.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="destination">Where it lies outside of the cache; null when it does not.</param>
    /// <param name="substituteName">The name that it has there in place of its own; null when it has its own.</param>
    public CachedFile Describe(DownloadRequest request, string? destination = null, string? substituteName = null)
    {
        CacheHit hit = Hit!;
        return new CachedFile
        {
            RepoId = request.RepoId.Value,
            RepoType = request.RepoType.ToString(),
            Revision = request.Revision.Value,
            CommitHash = Commit!.Value,
            FileName = Name.Value,
            FullName = hit.FullName,
            SnapshotPath = hit.FullName[..^(Name.Value.Length + 1)],
            Destination = destination,
            SubstituteName = substituteName,
            BlobPath = hit.BlobPath,
            Length = hit.Length,
            ETag = hit.ETag?.Value,
            Source = Source,
            BytesDownloaded = BytesDownloaded,
            BytesReused = BytesReused,
            Verification = hit.ETag is not ETag etag || !(IsFetched || IsHashed) ? "Size" : etag.IsSha256 ? "Sha256" : "GitSha1",
        };
    }

    /// <summary>What was done about it, and when.</summary>
    /// <param name="request">What it was asked for by.</param>
    /// <param name="error">Why it failed; null when it did not.</param>
    public FileReport Report(DownloadRequest request, HubCacheException? error) => new()
    {
        RepoId = request.RepoId.Value,
        RepoType = request.RepoType.ToString(),
        Revision = request.Revision.Value,
        CommitHash = Commit?.Value,
        FileName = Name.Value,
        Started = Times.Started,
        Ended = Times.Started + Times.Took,
        Seconds = Math.Round(Times.Took.TotalSeconds, 3),
        Bytes = Metadata?.Length ?? Hit?.Length,
        BytesDownloaded = BytesDownloaded,
        BytesReused = BytesReused,
        Source = error is null ? Source : "Failed",
        ErrorId = error?.Code.ToString(),
    };

    /// <summary>Gives several files one error.</summary>
    public static void Fail(IEnumerable<FileState> files, HubCacheException error)
    {
        foreach (FileState file in files)
        {
            file.Error = error;
        }
    }
}
