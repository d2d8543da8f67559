using System.Globalization;

namespace Bench;

/// <summary>A file on the Hub; one in LFS is served by the storage behind it.</summary>
internal sealed record HubFile(string Path, long Size, int Seed, bool Lfs);

/// <summary>What the Hub has to give, and how fast.</summary>
internal sealed record Workload
{
    public const string Repo = "demo/bench";

    public required IReadOnlyList<HubFile> Files { get; init; }

    public int LatencyMilliseconds { get; init; }

    /// <summary>Before an answer of the storage, beyond the latency.</summary>
    public int StorageLatencyMilliseconds { get; init; }

    /// <summary>Held back in the relay, half of it each way.</summary>
    public int RoundTripMilliseconds { get; init; }

    /// <summary>Of the line that all connections share. 0: as fast as it goes.</summary>
    public long LineBytesPerSecond { get; init; }

    public bool Tls { get; init; }

    /// <summary>0: as fast as it goes.</summary>
    public long BytesPerSecondPerConnection { get; init; }

    public long Length => Files.Sum(file => file.Size);

    /// <summary>Null: the whole repo is asked for.</summary>
    public string? OnlyFile => Files.Count == 1 ? Files[0].Path : null;

    public static Workload OneFile(double megabytes) => new() { Files = [new HubFile("model.bin", (long)(megabytes * 1e6), 1, true)] };

    public static Workload LargeFiles(int count, double megabytes) => new()
    {
        // Seeds of their own: two files of the same bytes would be one blob.
        Files = [.. Enumerable
            .Range(1, count)
            .Select(number => new HubFile(Numbered("model-{0:00}.safetensors", number), (long)(megabytes * 1e6), number, true))],
    };

    public static Workload SmallFiles(int count) => new()
    {
        // Lengths of their own, 2 to 39 KB when there are a thousand.
        Files = [.. Enumerable
            .Range(0, count)
            .Select(number => new HubFile(Numbered("data/part-{0:0000}.json", number), 2000 + (37 * number), 1, false))],
    };

    private static string Numbered(string format, int number) => string.Format(CultureInfo.InvariantCulture, format, number);
}
