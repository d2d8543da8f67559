namespace HubCache.Tests.Transfer.Simulation;

/// <summary>A way to a storage, and a file behind it.</summary>
/// <param name="Length">Bytes of the file.</param>
/// <param name="Most">Connections that may deliver.</param>
/// <param name="FirstByte">Seconds to a first byte.</param>
/// <param name="PerConnection">Bytes a second of one connection.</param>
/// <param name="Line">Bytes a second of all together.</param>
/// <param name="Trouble">How likely a block of 512 KB breaks its connection; 0 where none does.</param>
/// <param name="Refusals">How likely a request is refused (429).</param>
internal sealed record Link(long Length, int Most, double FirstByte, double PerConnection, double Line, double Trouble, double Refusals)
{
    private const long Megabyte = 1 << 20;

    /// <summary>The most bytes in memory ahead of the first missing one, as for every file.</summary>
    public long MostAhead => Math.Clamp(Length / 4, 8 * Megabyte, 64 * Megabyte);

    /// <summary>The best that so many sockets can do with segments of the schedule's length.</summary>
    public double Best
    {
        get
        {
            double segment = Math.Clamp(MostAhead / (2 * Most), Megabyte, 32 * Megabyte);
            int sockets = Math.Min(2 * Most, 32);
            return Math.Min(Math.Min(Line, Most * PerConnection), sockets * segment / (FirstByte + (segment / PerConnection)));
        }
    }

    public static Link Random(Random random)
    {
        double perConnection = Between(random, 100e3, 10e9);
        bool isTroubled = random.Next(4) == 0;
        return new Link(
            (long)Between(random, 1e6, 1e12),
            random.Next(1, 33),
            Between(random, 0.001, 1),
            perConnection,
            random.Next(3) == 0 ? perConnection * Between(random, 0.5, 40) : double.MaxValue,
            isTroubled ? Between(random, 0.001, 0.2) : 0,
            isTroubled && random.Next(2) == 0 ? Between(random, 0.01, 0.5) : 0);
    }

    private static double Between(Random random, double least, double most) => least * Math.Pow(most / least, random.NextDouble());
}
