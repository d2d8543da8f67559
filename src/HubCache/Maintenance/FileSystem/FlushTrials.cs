using System.Diagnostics;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Maintenance.FileSystem;

/// <summary>Whether bytes and names can be put on the disk before they are reported, and what that costs.</summary>
internal static class FlushTrials
{
    private const int Times = 5;

    public static TrialResult File(TrialPlace place)
    {
        string path = place.At("flushed");
        using SafeFileHandle file = place.Disk.CreateNew(path);
        return Judge(
            "a file",
            round =>
            {
                place.Disk.Write(file, new byte[4096], round * 4096, path);
                return () => place.Disk.CanFlush(file, path);
            });
    }

    public static TrialResult Folder(TrialPlace place)
    {
        return OperatingSystem.IsWindows()
            ? TrialResult.NotTried("Windows has no such call: a rename is written through instead.")
            : Judge(
                "a folder",
                round =>
                {
                    place.Fill(place.At($"entry{round}"), 0, 1);
                    return () => place.Disk.CanFlushFolder(place.Folder);
                });
    }

    private static TrialResult Judge(string what, Func<int, Func<bool>> prepare)
    {
        var costs = new List<double>();
        try
        {
            for (int round = 0; round < Times; round++)
            {
                Func<bool> flush = prepare(round);
                long begin = Stopwatch.GetTimestamp();
                if (!flush())
                {
                    return TrialResult.Warning($"The file system cannot be asked to put {what} on the disk (fsync is not supported). What "
                        + $"is reported done may be lost when the power goes.");
                }

                costs.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            }
        }
        catch (DiskException e)
        {
            return TrialResult.Error($"Putting {what} on the disk failed: {e.Message}. Every download would fail likewise. Check the disk, "
                + $"or keep the cache elsewhere.");
        }

        double cost = Math.Round(costs.Order().ElementAt(Times / 2), 3);
        return cost > 100
            ? TrialResult.Yes($"Putting {what} on the disk works, and is slow: every file that is fetched waits for it.", cost, "ms") with
            {
                Severity = "Warning"
            }
            : TrialResult.Yes(
                $"Putting {what} on the disk works: what is reported done survives a power cut, as far as the disk is honest.", cost, "ms");
    }
}
