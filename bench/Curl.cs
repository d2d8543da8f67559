using System.Diagnostics;

namespace Bench;

/// <summary>What people use instead: it follows redirects and writes, and does neither hash nor flush.</summary>
internal sealed class Curl(HubProcess hub) : IDownload
{
    public string Name => "curl -L";

    public async Task<double> RunAsync(string folder, CancellationToken cancellationToken)
    {
        string[] arguments = ["--silent", "--show-error", "--fail", "--location", "--output", Path.Combine(folder, "file"), hub.FileAddress.AbsoluteUri];
        long began = Stopwatch.GetTimestamp();
        using Process curl = Process.Start(new ProcessStartInfo(Tools.Find("curl")!, arguments))!;
        try
        {
            await curl.WaitForExitAsync(cancellationToken);
        }
        finally
        {
            Tools.End(curl);
        }

        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return curl.ExitCode == 0 ? seconds : throw new InvalidOperationException($"curl ended with {curl.ExitCode}.");
    }

    public long PeakMemory() => 0;
}
