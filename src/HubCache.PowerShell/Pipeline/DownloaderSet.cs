namespace HubCache.PowerShell;

/// <summary>One downloader for each cache that a call names; nearly always one.</summary>
internal sealed class DownloaderSet : IDisposable
{
    private readonly Dictionary<string, HubDownloader> _byFolder = new(StringComparer.Ordinal);

    public DownloaderSet(IEnumerable<string?> cacheFolders, Func<string?, HubOptions> options)
    {
        foreach (string? folder in cacheFolders.Distinct())
        {
            _byFolder.Add(Name(folder), new HubDownloader(options(folder), RetryContext.NewRetryPolicy()));
        }
    }

    public HubDownloader For(string? cacheFolder) => _byFolder[Name(cacheFolder)];

    public void Dispose()
    {
        foreach (HubDownloader downloader in _byFolder.Values)
        {
            downloader.Dispose();
        }
    }

    // Null is the environment's cache.
    private static string Name(string? cacheFolder) => cacheFolder ?? string.Empty;
}
