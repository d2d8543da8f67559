using System.Globalization;
using Bench.Contenders;
using Bench.Measuring;
using Bench.Reporting;

namespace Bench.Cases;

/// <summary>What a script pays before its first cmdlet: every session is a new process, as every script is.</summary>
internal static class ImportCase
{
    public const string Letter = "import";

    private const int Sessions = 10;
    private const string Script = $"$clock = [Diagnostics.Stopwatch]::StartNew(); {PowerShell.Import}; "
        + $"$clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture)";

    private static readonly Demand _demand = new("Import-Module", Measure.Seconds, 0.150);

    public static async Task<Section> RunAsync(Options options, Scratch scratch, CancellationToken cancellationToken)
    {
        if (PowerShell.WhyNot(options) is string reason)
        {
            return new Section($"### {_demand.Row}\n\nNot measured: {reason}.\n", true);
        }

        var seconds = new List<double>();
        for (int session = 0; session <= Sessions; session++)
        {
            ChildRun run = await ChildProgram.RunAsync(PowerShell.OrderCommand(options, scratch, Script), cancellationToken);
            if (session > 0)
            {
                seconds.Add(double.Parse(run.Output, CultureInfo.InvariantCulture));
            }
        }

        Verdict verdict = _demand.Judge(Median.Of(seconds));
        return new Section(
            $"### {_demand.Row}, in {Sessions} new sessions\n\n{Spread.Of(seconds, "0.000")} s; {verdict.Text}.\n", verdict.IsMet);
    }
}
