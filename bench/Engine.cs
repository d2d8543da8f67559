using System.Diagnostics;
using HubCache;
using HubCache.Names;
using HubCache.Retry;

namespace Bench;

/// <summary>The engine, in this process.</summary>
internal sealed class Engine(HubProcess hub) : IDownload
{
    public string Name => "HubDownloader";

    public async Task<double> RunAsync(string folder, CancellationToken cancellationToken)
    {
        var request = new DownloadRequest { RepoId = RepoId.Parse(HubProcess.Repo), Files = [HubFileName.Parse(HubProcess.File)] };
        long began = Stopwatch.GetTimestamp();
        using var downloader = new HubDownloader(new HubOptions { Endpoint = hub.Endpoint, CachePath = folder }, new PollyRetryPolicy());
        DownloadOutcome outcome = (await downloader.DownloadAsync(request, new Silence(), cancellationToken))[0];
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return outcome.Error is null ? seconds : throw outcome.Error;
    }

    public long PeakMemory() => Memory.PeakOf(Environment.ProcessId);

    private sealed class Silence : IDownloadObserver
    {
        public void Warn(string message)
        {
        }

        public void Note(string message)
        {
        }

        public void Begin(FileProgress progress)
        {
        }
    }
}
