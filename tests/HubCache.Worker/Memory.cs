using System.Globalization;
using HubCache.Retry;
using HubCache.Testing;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Worker;

/// <summary>How much memory a download holds when the disk is slower than the network. In a process where nothing else allocates.</summary>
internal static class Memory
{
    private const double BytesPerSecond = 60.0 * (1 << 20);

    public static async Task<Dictionary<string, string?>> MeasureAsync(HubOptions options, RepoId repo)
    {
        using var downloader = new HubDownloader(options, new PollyRetryPolicy(TimeSpan.FromMilliseconds(50)), new SlowDisk());
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;

        Task<IReadOnlyList<DownloadOutcome>> download =
            downloader.DownloadAsync(new DownloadRequest { RepoId = repo }, new Silence(), CancellationToken.None);
        while (!download.IsCompleted)
        {
            // What is garbage already is not held.
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            await Task.Delay(100);
        }

        return new Dictionary<string, string?>
        {
            ["Most"] = most.ToString(CultureInfo.InvariantCulture),
            ["Error"] = (await download).FirstOrDefault(outcome => outcome.Error is not null)?.Error?.Code.ToString(),
        };
    }

    private sealed class SlowDisk : ForwardingDisk
    {
        public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path)
        {
            Thread.Sleep(TimeSpan.FromSeconds(bytes.Length / BytesPerSecond));
            base.Write(file, bytes, offset, path);
        }
    }
}
