using Bench;

Options? options = Options.Parse(args);
if (options is null)
{
    return 2;
}

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    interrupted.Cancel();
};

bool allHold = true;
foreach (ICase one in (ICase[])[new LargeFileCase(), new ImportCase()])
{
    Console.WriteLine(one.Title);
    if (one.WhyNot(options) is string reason)
    {
        Console.WriteLine($"  skipped: {reason}");
    }
    else
    {
        allHold &= await one.RunAsync(options, interrupted.Token);
    }

    Console.WriteLine();
}

Console.WriteLine(allHold ? "Every demand is met." : "NOT every demand is met.");
return allHold ? 0 : 1;
