using System.Globalization;
using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>What a removal is called when it is asked about: a line for each step, under -WhatIf not too many, and a total.</summary>
internal sealed class RemovalReportLines(Func<string, string, bool> shouldProcess)
{
    private const int MostLines = 20;

    /// <summary>What goes, as people name it.</summary>
    public static string Target(RemovalStep step) => step.Kind switch
    {
        "Repo" => $"{step.RepoType.ToLowerInvariant()} {step.RepoId}",
        "Ref" => $"{step.RepoId}, ref {step.Revision}",
        "File" => $"{step.RepoId}@{step.Revision} {step.FileName}",
        "Blob" => $"{step.RepoId}, blobs that nothing refers to",
        _ => $"{step.RepoId}@{step.Revision}",
    };

    /// <summary>What is done, with the bytes that come free.</summary>
    public static string Action(RemovalStep step) => step.Kind == "Ref" ? "Remove the ref" : $"Remove {SizeText.Of(step.Bytes)}";

    private static string LastAccessed(RemovalStep step)
        => step.LastAccessed is DateTime last
            ? string.Create(CultureInfo.InvariantCulture, $", last accessed {last:yyyy-MM-dd HH:mm}")
            : string.Empty;

    /// <summary>Says all of it.</summary>
    public void Write(IReadOnlyList<RemovalStep> steps)
    {
        foreach (RemovalStep step in steps.Take(MostLines))
        {
            shouldProcess(Target(step), Action(step) + LastAccessed(step));
        }

        if (steps.Count > 0)
        {
            long bytes = steps.Sum(step => step.Bytes);
            shouldProcess(
                steps.Count == 1 ? "1 item" : string.Create(CultureInfo.InvariantCulture, $"{steps.Count} items"),
                string.Create(CultureInfo.InvariantCulture, $"Remove {SizeText.Of(bytes)} ({bytes:N0} bytes) in total"));
        }
    }
}
