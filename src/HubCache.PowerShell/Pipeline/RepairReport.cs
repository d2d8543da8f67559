using System.Globalization;
using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>What -WhatIf says of a repair: a line for each problem that something would be done about, not too many, and a total.</summary>
internal sealed class RepairReport(Func<string, string, bool> shouldProcess)
{
    private const int MostLines = 20;

    public void Say(IReadOnlyList<RepairStep> steps)
    {
        List<RepairStep> real = [.. steps.Where(step => step.Action is not null)];
        foreach (RepairStep step in real.Take(MostLines))
        {
            shouldProcess(step.Problem.FullName, step.Bytes > 0 ? $"{step.Action} {SizeText.Of(step.Bytes)}" : step.Action!);
        }

        if (real.Count > 0)
        {
            long bytes = real.Sum(step => step.Bytes);
            shouldProcess(
                real.Count == 1 ? "1 problem" : $"{real.Count} problems",
                string.Create(CultureInfo.InvariantCulture, $"Repair, and fetch {SizeText.Of(bytes)} ({bytes:N0} bytes) in total"));
        }
    }
}
