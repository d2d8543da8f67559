using System.Globalization;
using Bench.Measuring;

namespace Bench.Reporting;

internal static class Spread
{
    /// <summary>The median, and from where to where; nothing for nothing.</summary>
    public static string Of(IReadOnlyList<double> values, string format)
    {
        return values.Count == 0 ? string.Empty : $"{Text(Median.Of(values))} ({Text(values.Min())}–{Text(values.Max())})";

        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
    }
}
