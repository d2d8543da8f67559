using System.Runtime.InteropServices;
using Bench;
using Bench.Cases;
using Bench.Reporting;

Options? options = Options.Parse(args);
if (options is null)
{
    return 2;
}

using var interrupted = new CancellationTokenSource();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

try
{
    using var scratch = new Scratch();
    return await RunAsync(options, scratch, interrupted.Token);
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    // Caught, here and below: at an exception that nobody catches, the runtime ends without putting anything away.
    return 130;
}
catch (Exception e)
{
    await Console.Error.WriteLineAsync($"The bench itself failed: {e}");
    return 3;
}

void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = true;
    interrupted.Cancel();
}

static async Task<int> RunAsync(Options options, Scratch scratch, CancellationToken cancellationToken)
{
    var report = new List<Section> { new(await Machine.DescribeAsync(options, scratch, cancellationToken), true) };
    foreach (DownloadCase plan in DownloadCase.All(options.Scale).Where(plan => options.Wants(plan.Letter)))
    {
        await Console.Error.WriteLineAsync($"({plan.Letter}) {plan.Title}");
        report.Add(CaseTable.Of(await new CaseRun(plan, options, scratch).PlayAsync(cancellationToken)));
    }

    if (options.Wants(ImportCase.Letter))
    {
        report.Add(await ImportCase.RunAsync(options, scratch, cancellationToken));
    }

    string results = string.Join('\n', report.Select(section => section.Markdown.TrimEnd('\n') + '\n'));
    Console.WriteLine(results);
    if (options.WritesReadme)
    {
        Readme.Write(results);
    }

    bool allMet = report.TrueForAll(section => section.IsMet);
    await Console.Error.WriteLineAsync(allMet ? "Every demand that was measured is met." : "NOT every demand is met.");
    return allMet ? 0 : 1;
}
