namespace HubCache.Maintenance.FileSystem;

/// <summary>The file system's clock, which may be a server's.</summary>
internal static class TimeTrials
{
    // Coarse stamps may be two seconds old when they are made.
    private const double Agreement = 3;

    public static TrialResult Clock(TrialPlace place)
    {
        DateTime before = DateTime.UtcNow;
        string path = place.At("clock");
        place.Fill(path, 0, 1);
        DateTime after = DateTime.UtcNow;
        DateTime stamp = place.Disk.Look(path)?.Modified ?? before;
        double ahead = Math.Round((stamp - before - ((after - before) / 2)).TotalSeconds, 3);
        return Math.Abs(ahead) <= Agreement
            ? TrialResult.Yes("The file system's clock and this machine's agree: ages can be compared.", ahead, "s")
            : TrialResult.Warning(
                $"The file system's clock is {Math.Abs(ahead)} seconds {(ahead > 0 ? "ahead of" : "behind")} this machine's. Ages of "
                    + $"incomplete files are taken by the file system's clock and stay right; other clients and builds that compare times "
                    + $"may be wrong.",
                ahead,
                "s");
    }

    public static async Task<TrialResult> FineAsync(TrialPlace place, CancellationToken stop)
    {
        const int Stamps = 8;
        var ticks = new List<long>();
        for (int number = 0; number < Stamps; number++)
        {
            string path = place.At($"stamp{number}");
            place.Fill(path, 0, 1);
            ticks.Add(place.Disk.Look(path)?.Modified.Ticks ?? 0);
            await Task.Delay(7, stop).ConfigureAwait(false);
        }

        long[] units =
            [TimeSpan.TicksPerSecond, TimeSpan.TicksPerMillisecond * 10, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerMicrosecond];
        long unit = units.FirstOrDefault(each => ticks.TrueForAll(tick => tick % each == 0), 1);
        double step = unit / (double)TimeSpan.TicksPerMillisecond;
        return unit < TimeSpan.TicksPerSecond
            ? TrialResult.Yes("Times are kept in small parts of a second: a writer's work shows at once.", step, "ms")
            : TrialResult.Warning(
                "Times are kept in seconds or coarser. A file that is changed twice in a second looks unchanged; lengths are "
                    + "compared as well.",
                step,
                "ms");
    }
}
