using System.Globalization;

namespace Bench.Measuring;

/// <summary>The processor time of a process, by the names of its threads.</summary>
internal static class ThreadTimes
{
    // USER_HZ: what /proc counts in, on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    public static IReadOnlyDictionary<string, double> Of(int pid)
    {
        var times = new Dictionary<string, double>();
        foreach (string thread in Directory.EnumerateDirectories($"/proc/{pid}/task"))
        {
            try
            {
                // "12 (.NET TP Worker) S 1 …": a name may hold anything, so the last parenthesis ends it.
                string stat = File.ReadAllText(Path.Combine(thread, "stat"));
                int end = stat.LastIndexOf(')');
                string name = stat[(stat.IndexOf('(', StringComparison.Ordinal) + 1)..end];
                string[] fields = stat[(end + 2)..].Split(' ');
                double seconds = fields[11..13].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) / TicksPerSecond;
                times[name] = times.GetValueOrDefault(name) + seconds;
            }
            catch (IOException)
            {
                // It has ended since it was listed.
            }
        }

        return times;
    }

    /// <summary>One line for each name that used any, the greatest first.</summary>
    public static IEnumerable<string> Difference(IReadOnlyDictionary<string, double> before, IReadOnlyDictionary<string, double> after)
    {
        return after
            .Select(thread => (thread.Key, Seconds: thread.Value - before.GetValueOrDefault(thread.Key)))
            .Where(thread => thread.Seconds >= 1 / TicksPerSecond)
            .OrderByDescending(thread => thread.Seconds)
            .Select(thread => string.Create(CultureInfo.InvariantCulture, $"{thread.Seconds:0.00} s in {thread.Key}"));
    }
}
