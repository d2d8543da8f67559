using System.Globalization;

namespace Bench.Cases;

/// <summary>What is asked of a row of the table.</summary>
internal enum Measure
{
    /// <summary>The time of our open session, in times of the row's.</summary>
    SessionRatio,

    /// <summary>Of the row.</summary>
    Seconds,

    PeakMegabytes,
}

/// <summary>What was asked, and whether it was met.</summary>
internal sealed record Verdict(string Text, bool IsMet);

internal sealed record Demand(string Row, Measure Measure, double Most)
{
    public Verdict Judge(double value)
    {
        string asked = Measure switch
        {
            Measure.Seconds => Format($"under {Most:0.0##} s"),
            Measure.PeakMegabytes => Format($"under {Most:0} MB"),
            _ when Most < 1 => Format($"we at least {1 / Most:0.#} times faster"),
            _ => Format($"we at most {Most:0.0#} times its time"),
        };
        bool isMet = Measure == Measure.SessionRatio ? value <= Most : value < Most;
        return new Verdict($"{asked}: {(isMet ? "met" : "**missed**")}", isMet);
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
