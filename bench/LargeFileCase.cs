using System.Globalization;

namespace Bench;

/// <summary>One large file from loopback to memory: no disk and no line to hide behind, so the processor's work shows.</summary>
internal sealed class LargeFileCase : ICase
{
    private const double MostTimesCurl = 1.5;
    private const long MostMemory = 200_000_000;

    public string Title => "One large file, beside curl -L (which does not hash)";

    public string? WhyNot(Options options)
    {
        long needed = (long)(options.Gigabytes * 1e9 * 1.1);
        if (Tools.Find("curl") is null)
        {
            return "there is no curl on the PATH.";
        }

        if (!Directory.Exists(options.Folder) || new DriveInfo(options.Folder) is not { DriveFormat: "tmpfs" } drive)
        {
            return $"{options.Folder} is no tmpfs; --folder names another.";
        }

        return drive.AvailableFreeSpace < needed ? $"{options.Folder} has no room for {options.Gigabytes} GB." : null;
    }

    public async Task<bool> RunAsync(Options options, CancellationToken cancellationToken)
    {
        var folder = new DirectoryInfo(Path.Combine(options.Folder, $"hubcache-bench-{Environment.ProcessId}"));
        folder.Create();
        try
        {
            await using HubProcess hub = await HubProcess.StartAsync((long)(options.Gigabytes * 1e9), cancellationToken);
            var curl = new Curl(hub);
            bool isMet = await CompareAsync(new Engine(hub), curl, folder, options, cancellationToken);
            if (PowerShellSession.WhyNot(options) is string reason)
            {
                Console.WriteLine($"  Save-HubFile skipped: {reason}");
                return isMet;
            }

            using PowerShellSession session = await PowerShellSession.StartAsync(hub, options, cancellationToken);
            return await CompareAsync(session, curl, folder, options, cancellationToken) && isMet;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A B A B …, so that whatever else the machine does falls on both alike.</summary>
    private static async Task<bool> CompareAsync(IDownload ours, Curl curl, DirectoryInfo folder, Options options, CancellationToken cancellationToken)
    {
        var ratios = new List<double>();
        for (int pair = 0; pair <= options.Pairs; pair++)
        {
            double theirs = await MeasureAsync(curl, folder, cancellationToken);
            double mine = await MeasureAsync(ours, folder, cancellationToken);
            if (pair == 0)
            {
                // The first warms up: code, connections, the pages of the tmpfs.
                continue;
            }

            ratios.Add(mine / theirs);
            Print($"  pair {pair}: {curl.Name} {theirs:0.00} s, {ours.Name} {mine:0.00} s, ratio {mine / theirs:0.00}");
        }

        double median = Median.Of(ratios);
        long memory = ours.PeakMemory();
        bool isMet = median <= MostTimesCurl && memory < MostMemory;
        Print($"  {ours.Name}: median ratio {median:0.00} (at most {MostTimesCurl:0.0}), peak memory {memory / 1e6:0} MB (under {MostMemory / 1e6:0}): {(isMet ? "met" : "NOT met")}");
        return isMet;
    }

    private static async Task<double> MeasureAsync(IDownload download, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        DirectoryInfo target = folder.CreateSubdirectory("target");
        try
        {
            return await download.RunAsync(target.FullName, cancellationToken);
        }
        finally
        {
            target.Delete(recursive: true);
        }
    }

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
