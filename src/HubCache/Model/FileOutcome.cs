namespace HubCache;

/// <summary>What became of one file of a request, or of one of its names or patterns that there is no file for.</summary>
public abstract class FileOutcome
{
    private protected FileOutcome(int selector, string fileName, HubCacheException? error)
        => (Selector, FileName, Error) = (selector, fileName, error);

    /// <summary>Which of the request's <see cref="DownloadRequest.Files"/> it answers, from 0: the first that means the file.</summary>
    public int Selector { get; }

    /// <summary>The path in the repo, with '/'; what was asked for where there is no such file.</summary>
    public string FileName { get; }

    /// <summary>Why it failed; null when it did not. The same object for everything that failed together.</summary>
    public HubCacheException? Error { get; }
}

/// <summary>What became of a file that was to be brought: a file, or an error.</summary>
public sealed class DownloadOutcome : FileOutcome
{
    internal DownloadOutcome(int selector, string fileName, CachedFile? file, HubCacheException? error)
        : base(selector, fileName, error) => File = file;

    /// <summary>The file in the cache; null when it failed.</summary>
    public CachedFile? File { get; }

    /// <summary>What was done about it, and when; null in an answer of <see cref="CachedFiles"/>, which does nothing.</summary>
    public FileReport? Report { get; init; }
}

/// <summary>What was found out of a file: what it is, or an error.</summary>
public sealed class FindOutcome : FileOutcome
{
    internal FindOutcome(int selector, string fileName, HubFile? file, HubCacheException? error)
        : base(selector, fileName, error) => File = file;

    /// <summary>The file of the repo; null when it could not be found out.</summary>
    public HubFile? File { get; }

    /// <summary>
    /// Whether the destination lacks it, or has something of which it is not known that it is the file. Always false without a destination.
    /// </summary>
    public bool IsToBeLaidOut { get; init; }
}
