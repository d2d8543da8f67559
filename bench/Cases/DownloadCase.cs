using Bench.Contenders;

namespace Bench.Cases;

/// <summary>One download that everybody is asked to do, and what is asked of ours.</summary>
internal sealed record DownloadCase
{
    private const double MostMegabytes = 250;

    public required string Letter { get; init; }

    public required string Title { get; init; }

    public required Workload Workload { get; init; }

    /// <summary>Else it goes to memory: no disk to hide behind.</summary>
    public bool IsOnDisk { get; init; }

    /// <summary>Everything is there from the first round on.</summary>
    public bool IsWarm { get; init; }

    public bool HasHashByHand { get; init; }

    /// <summary>How many pairs at least.</summary>
    public int LeastRuns { get; init; }

    public required IReadOnlyList<Demand> Demands { get; init; }

    public static IReadOnlyList<DownloadCase> All(double scale)
    {
        Workload smallFiles = Workload.SmallFiles((int)Math.Max(10, 1000 * scale)) with { LatencyMilliseconds = 5 };
        return
        [
            new DownloadCase
            {
                Letter = "a",
                Title = "One file of 2 GB, from loopback to memory",
                Workload = Workload.OneFile(2000 * scale),
                HasHashByHand = true,
                LeastRuns = 9,
                Demands = [Ratio(Curl.Name, 1.25), Ratio(CurlAndHash.Name, 1.0), .. Memory],
            },
            new DownloadCase
            {
                Letter = "b",
                Title = "One file of 512 MB, every connection capped at 20 MB/s, to memory",
                Workload = Workload.OneFile(512 * scale) with { BytesPerSecondPerConnection = 20_000_000 },
                Demands = [Ratio(Curl.Name, 1.0 / 6), Ratio(Aria2.Name, 1.15), .. Memory],
            },
            new DownloadCase
            {
                Letter = "c",
                Title = "A snapshot of 1,000 files of 2 to 39 KB, 5 ms of latency per request, to a disk",
                Workload = smallFiles,
                IsOnDisk = true,
                Demands = [Ratio(PythonClient.NameInside, 1.0 / 4), .. Memory],
            },
            new DownloadCase
            {
                Letter = "d",
                Title = "The same once more, when everything is there",
                Workload = smallFiles,
                IsOnDisk = true,
                IsWarm = true,
                Demands = [new Demand(PowerShellProcess.Name, Measure.Seconds, 1.5), .. Memory],
            },
            new DownloadCase
            {
                Letter = "e",
                Title = "A snapshot of 12 files of 100 MB, to memory",
                Workload = Workload.LargeFiles(12, 100 * scale),
                Demands = Memory,
            },
            new DownloadCase
            {
                Letter = "f",
                Title = "One file of 512 MB, the storage takes 300 ms to a first byte, to memory",
                Workload = Workload.OneFile(512 * scale) with { StorageLatencyMilliseconds = 300 },
                Demands = [Ratio(Curl.Name, 1.3), Ratio(Aria2.Name, 1.2), .. Memory],
            },
            new DownloadCase
            {
                Letter = "g",
                Title = "The same, every connection capped at 20 MB/s",
                Workload = Workload.OneFile(512 * scale) with
                {
                    StorageLatencyMilliseconds = 300,
                    BytesPerSecondPerConnection = 20_000_000
                },
                Demands = [Ratio(Curl.Name, 1.0 / 5), Ratio(Aria2.Name, 1.2), .. Memory],
            },
            new DownloadCase
            {
                Letter = "h",
                Title = "One file of 64 MB, the storage takes 3 s to a first byte, to memory",
                Workload = Workload.OneFile(64 * scale) with { StorageLatencyMilliseconds = 3000 },
                Demands = [Ratio(Curl.Name, 1.3), .. Memory],
            },
            new DownloadCase
            {
                Letter = "i",
                Title = "A snapshot of 400 files of 2 to 17 KB, 50 ms of latency per request, to a disk",
                Workload = Workload.SmallFiles((int)Math.Max(10, 400 * scale)) with { LatencyMilliseconds = 50 },
                IsOnDisk = true,
                Demands = [Ratio(PythonClient.NameInside, 1.0 / 3), .. Memory],
            },
            new DownloadCase
            {
                Letter = "k",
                Title = "One file of 2 GB over a shared line of 200 MB/s, 40 ms away, to memory",
                Workload = Workload.OneFile(2000 * scale) with { RoundTripMilliseconds = 40, LineBytesPerSecond = 200_000_000 },
                Demands = [new Demand(PowerShellSession.Name, Measure.Seconds, 2000 * scale / 200 / 0.9), .. Memory],
            },
            new DownloadCase
            {
                Letter = "l",
                Title = "One file of 2 GB over TLS, from loopback to memory",
                Workload = Workload.OneFile(2000 * scale) with { Tls = true },
                Demands = [Ratio(Curl.Name, 1.4), .. Memory],
            },
        ];
    }

    private static Demand[] Memory =>
    [
        new Demand(PowerShellSession.Name, Measure.PeakMegabytes, MostMegabytes),
        new Demand(PowerShellProcess.Name, Measure.PeakMegabytes, MostMegabytes),
    ];

    private static Demand Ratio(string row, double most) => new(row, Measure.SessionRatio, most);
}
