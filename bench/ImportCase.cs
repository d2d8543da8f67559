using System.Diagnostics;
using System.Globalization;

namespace Bench;

/// <summary>What a script pays before its first cmdlet: every session is a new process, as every script is.</summary>
internal sealed class ImportCase : ICase
{
    private const int Sessions = 10;
    private const double MostMilliseconds = 150;

    private const string Script = "$clock = [Diagnostics.Stopwatch]::StartNew(); Import-Module $env:HUBCACHE_BENCH_MANIFEST; $clock.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)";

    public string Title => "Import-Module, in a new session each time";

    public string? WhyNot(Options options) => PowerShellSession.WhyNot(options);

    public async Task<bool> RunAsync(Options options, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        for (int session = 0; session <= Sessions; session++)
        {
            double milliseconds = await MeasureAsync(options, cancellationToken);
            if (session > 0)
            {
                times.Add(milliseconds);
            }
        }

        double median = Median.Of(times);
        bool isMet = median < MostMilliseconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  median of {Sessions}: {median:0} ms, {times.Min():0} to {times.Max():0} (under {MostMilliseconds:0}): {(isMet ? "met" : "NOT met")}"));
        return isMet;
    }

    private static async Task<double> MeasureAsync(Options options, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Tools.Find("pwsh")!, ["-NoProfile", "-NonInteractive", "-Command", Script]) { RedirectStandardOutput = true };
        start.Environment["HUBCACHE_BENCH_MANIFEST"] = options.Manifest;
        using Process session = Process.Start(start)!;
        try
        {
            string output = await session.StandardOutput.ReadToEndAsync(cancellationToken);
            return double.Parse(output, CultureInfo.InvariantCulture);
        }
        finally
        {
            Tools.End(session);
        }
    }
}
