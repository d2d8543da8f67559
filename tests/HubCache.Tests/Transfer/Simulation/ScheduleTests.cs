using System.Globalization;
using Xunit;

namespace HubCache.Tests.Transfer.Simulation;

/// <summary>
/// The schedule over links that this machine does not have: how close it comes to what sockets, segments and first bytes allow, and that it
/// never stands still.
/// </summary>
public sealed class ScheduleTests
{
    private const int UsualLinks = 500;
    private const double Enough = 0.9;

    // A shared line makes every connection slower the more there are, which the formula for the best does not know: one link in 500 stays
    // below nine tenths of it, and none below this.
    private const double EnoughOfSharedLine = 0.75;
    private const int LinksForOneExcuse = 500;
    private const long Megabyte = 1 << 20;

    // So many seconds without a byte, and nothing is going to happen any more: more than an unread connection and a pause take together.
    private const double StandStill = 60;

    // HUBCACHE_LINKS=10000 for all.
    private static int Links => int.TryParse(
        Environment.GetEnvironmentVariable("HUBCACHE_LINKS"),
        NumberStyles.None,
        CultureInfo.InvariantCulture,
        out int links) ? links : UsualLinks;

    [Fact]
    public void OnEveryLinkItReachesNineTenthsOfTheBestAndNeverStandsStill()
    {
        (string? Fault, bool IsExcused)[] results = [.. Enumerable.Range(0, Links).Select(Play)];
        string[] faults = [.. results.Where(result => result is { Fault: not null, IsExcused: false }).Select(result => result.Fault!)];

        Assert.True(faults.Length == 0, $"{faults.Length} of {Links}:\n{string.Join('\n', faults.Take(20))}");
        Assert.InRange(results.Count(result => result.IsExcused), 0, Math.Max(1, Links / LinksForOneExcuse));
    }

    [Theory]
    [InlineData(2_000_000_000, 8, 0.3, 20e6, 0.97)]
    [InlineData(2_000_000_000, 8, 0.3, 1e9, 0.9)]
    [InlineData(20_000_000_000, 32, 0.05, 1e6, 0.95)]
    public void OnAFarLinkItComesClose(long length, int most, double firstByte, double perConnection, double least)
    {
        var link = new Link(length, most, firstByte, perConnection, double.MaxValue, 0, 0);

        Assert.True(SteadyRate(link, 1, out _) >= least * link.Best);
    }

    private static (string? Fault, bool IsExcused) Play(int seed)
    {
        Link link = Link.Random(new Random(seed));
        double rate = SteadyRate(link, seed, out string? fault);
        fault ??= link.Trouble == 0 && rate < Enough * link.Best
            ? string.Create(CultureInfo.InvariantCulture, $"{rate / 1e6:0.00} MB/s of {link.Best / 1e6:0.00}") : null;
        bool isExcused =
            link.Line < double.MaxValue && link.Trouble == 0 && rate >= EnoughOfSharedLine * link.Best && rate < Enough * link.Best;
        return fault is null ? default : ($"{seed}: {link}: {fault}", isExcused);
    }

    /// <summary>Bytes a second between the ramp and the end of the file; infinite where the file is over before.</summary>
    private static double SteadyRate(Link link, int seed, out string? fault)
    {
        double ramp = (16 * link.FirstByte) + 5 + (3 * Megabyte / link.PerConnection);
        double measured = Math.Max(2, 12 * link.FirstByte) + (4 * Megabyte / link.PerConnection);
        long enough = (long)Math.Clamp(1.2 * link.Best * (ramp + measured), 300 * Megabyte, 6_000 * Megabyte);
        using var transfer = new SimulatedTransfer(link, Math.Max(0, link.Length - enough), seed);
        (long At, double Seconds)? from = null;
        (long At, double Seconds) to = default;
        (long last, double since) = (0, 0);
        fault = null;
        while (!transfer.IsDone && to.At == 0 && fault is null)
        {
            transfer.Step();
            if (transfer.Written > last)
            {
                (last, since) = (transfer.Written, transfer.Seconds);
            }

            fault = transfer.Seconds - since > StandStill + (Megabyte / Math.Min(link.PerConnection, link.Line))
                ? $"it stands still at {transfer.Written}, wanted {transfer.Wanted}"
                : transfer.Most.Delivering > link.Most + 2 ? $"{transfer.Most.Delivering} deliver"
                : transfer.Most.Open > Math.Min(32, 2 * link.Most) + 2 ? $"{transfer.Most.Open} are open"
                : transfer.MostMemory > 90 * Megabyte ? $"{transfer.MostMemory} bytes of memory" : null;
            if (from is null && transfer.Seconds >= ramp)
            {
                from = (transfer.Read, transfer.Seconds);
            }

            if (from is var (_, began)
                && link.Trouble == 0
                && (transfer.Unasked < link.MostAhead || transfer.Seconds - began > 20 * measured))
            {
                to = (transfer.Read, transfer.Seconds);
            }
        }

        return from is var (start, at) && to.Seconds - at > measured ? (to.At - start) / (to.Seconds - at) : double.PositiveInfinity;
    }
}
