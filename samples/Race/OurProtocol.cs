using HubCache;
using HubCache.Platform;
using HubCache.Retry;
using HubCache.Testing;

namespace Race;

/// <summary>A process that fetches a file with HubCache, like any program that uses the library.</summary>
internal static class OurProtocol
{
    public static async Task<ChildResult> DownloadAsync(ChildOrder order)
    {
        var options = new HubOptions { Endpoint = order.Endpoint, CachePath = order.CachePath };
        var request = new DownloadRequest
        {
            RepoId = RepoId.Parse(order.Repo),
            Files = [HubFileName.Parse(order.File)],
            Force = order.Force,
        };
        Disk disk = order.WithLocks ? Disk.OfThisSystem : new LocklessDisk();
        var notes = new Notes();
        using var downloader = new HubDownloader(options, new PollyRetryPolicy(), disk);
        DownloadOutcome outcome = (await downloader.DownloadAsync(request, notes, CancellationToken.None))[0];
        return new ChildResult
        {
            Sha256 = outcome.File is null ? null : FileHash.Of(outcome.File.FullName),
            Source = outcome.File?.Source,
            Error = outcome.Error?.Message,
            Notes = [.. notes.Lines],
        };
    }

    private sealed class Notes : IDownloadObserver
    {
        private readonly object _gate = new();
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_gate)
                {
                    return [.. _lines];
                }
            }
        }

        public void Warn(string message) => Note(message);

        public void Note(string message)
        {
            lock (_gate)
            {
                _lines.Add($"{DateTime.UtcNow:ss.fff} {message}");
            }
        }

        public void Begin(FileProgress progress)
        {
        }
    }
}
