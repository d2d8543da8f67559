namespace HubCache.PowerShell;

/// <summary>
/// One downloader for each cache that a call names, nearly always one, and one budget of connections, memory and bytes a second for all.
/// </summary>
internal sealed class DownloaderSet : IDisposable
{
    private readonly Dictionary<string, HubDownloader> _byFolder = new(StringComparer.Ordinal);
    private readonly TransferBudget _budget;

    /// <param name="cacheFolders">The caches, at least one.</param>
    /// <param name="options">The options for a cache.</param>
    public DownloaderSet(IEnumerable<string?> cacheFolders, Func<string?, HubOptions> options)
    {
        Dictionary<string, HubOptions> byFolder = cacheFolders.Distinct().ToDictionary(Name, options, StringComparer.Ordinal);
        _budget = new TransferBudget(byFolder.Values.First());
        foreach ((string folder, HubOptions each) in byFolder)
        {
            _byFolder.Add(folder, new HubDownloader(each, LibraryContext.NewRetryPolicy(), _budget, LibraryContext.NewCodecs));
        }
    }

    public HubDownloader For(string? cacheFolder) => _byFolder[Name(cacheFolder)];

    public void Dispose()
    {
        foreach (HubDownloader downloader in _byFolder.Values)
        {
            downloader.Dispose();
        }

        _budget.Dispose();
    }

    // Null is the environment's cache.
    private static string Name(string? cacheFolder) => cacheFolder ?? string.Empty;
}
