using System.Diagnostics;
using System.Globalization;

namespace Bench.Measuring;

/// <summary>
/// The most memory that a process had resident: VmHWM. Not the rusage of a child that has ended: that never falls below what
/// the parent had when it forked.
/// </summary>
internal static class PeakMemory
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(25);

    /// <summary>Looked at until the end; null where the system does not say.</summary>
    public static async Task<long?> WatchAsync(Process process)
    {
        long? peak = null;
        while (Of(process.Id) is long now)
        {
            peak = now;
            await Task.Delay(_interval);
        }

        return peak;
    }

    /// <summary>Null when it has ended, too.</summary>
    public static long? Of(int pid)
    {
        try
        {
            string? line =
                File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null
                ? null
                : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>From here on, the peak is of what it has now or later.</summary>
    public static void Forget(int pid)
    {
        const string PeakOnly = "5";
        if (File.Exists($"/proc/{pid}/clear_refs"))
        {
            File.WriteAllText($"/proc/{pid}/clear_refs", PeakOnly);
        }
    }
}
