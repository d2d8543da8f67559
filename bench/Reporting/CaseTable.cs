using System.Globalization;
using System.Text;
using Bench.Cases;

namespace Bench.Reporting;

internal static class CaseTable
{
    private const string Head = """
        | | seconds | session / this | fresh pwsh / this | peak memory, MB | asked |
        |---|---|---|---|---|---|

        """;

    public static Section Of(CaseResult result)
    {
        var text = new StringBuilder($"### ({result.Plan.Letter}) {result.Plan.Title}\n\n");
        if (result.Rows.Count > 0)
        {
            text.Append(Head);
            foreach (Row row in result.Rows)
            {
                text.Append(Line(row, result.VerdictsOn(row)));
            }

            text.Append('\n');
        }

        foreach (string remark in result.Remarks)
        {
            text.Append(CultureInfo.InvariantCulture, $"{remark}\n\n");
        }

        return new Section(text.ToString(), !result.HasFailures && result.Rows.SelectMany(result.VerdictsOn).All(verdict => verdict.IsMet));
    }

    private static string Line(Row row, IEnumerable<Verdict> verdicts)
    {
        string idle = row.IdleBytes is long bytes ? $" ({Megabytes(bytes)} without a download)" : string.Empty;
        string[] cells =
        [
            row.Title,
            Spread.Of(row.Seconds, "0.00"),
            Spread.Of(row.SessionRatios, "0.00"),
            Spread.Of(row.ProcessRatios, "0.00"),
            Megabytes(row.PeakBytes) + idle,
            string.Join("; ", verdicts.Select(verdict => verdict.Text)),
        ];
        return $"| {string.Join(" | ", cells)} |\n";
    }

    private static string Megabytes(long? bytes) => (bytes / 1e6)?.ToString("0", CultureInfo.InvariantCulture) ?? string.Empty;
}
