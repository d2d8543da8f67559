using System.Globalization;
using System.Management.Automation;

namespace HubCache.PowerShell.Formatting;

/// <summary>
/// Sizes and counts for people. The methods that take a PSObject are the code behind hidden properties for the table views.
/// </summary>
/// <remarks>Code in place of script blocks: a view with script does not work in constrained sessions.</remarks>
public static class SizeText
{
    private static readonly string[] Units = ["bytes", "KB", "MB", "GB", "TB", "PB"];

    /// <summary>A number of bytes in words: three digits that matter and a unit of 1024.</summary>
    public static string Of(long bytes)
    {
        if (bytes == 1)
        {
            return "1 byte";
        }

        double value = bytes;
        int unit = 0;
        while (unit < Units.Length - 1 && Math.Round(value) >= 1000)
        {
            value /= 1024;
            unit++;
        }

        string format = unit == 0 || value >= 99.95 ? "0" : value >= 9.995 ? "0.#" : "0.##";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    /// <summary>The property <c>Length</c> in words.</summary>
    public static string Length(PSObject instance) => OfProperty(instance, "Length");

    /// <summary>The property <c>Size</c> in words.</summary>
    public static string Size(PSObject instance) => OfProperty(instance, "Size");

    /// <summary>The property <c>BytesFreed</c> in words.</summary>
    public static string BytesFreed(PSObject instance) => OfProperty(instance, "BytesFreed");

    /// <summary>The property <c>BytesMissing</c> in words.</summary>
    public static string BytesMissing(PSObject instance) => OfProperty(instance, "BytesMissing");

    /// <summary>The property <c>BytesDownloaded</c> in words.</summary>
    public static string BytesDownloaded(PSObject instance) => OfProperty(instance, "BytesDownloaded");

    /// <summary>The property <c>Bytes</c> in words; nothing when it is not known.</summary>
    public static string Bytes(PSObject instance) => OfProperty(instance, "Bytes");

    /// <summary>The property <c>BytesWritten</c> in words.</summary>
    public static string BytesWritten(PSObject instance) => OfProperty(instance, "BytesWritten");

    /// <summary>How many <c>Revisions</c> a repo has.</summary>
    public static int RevisionCount(PSObject instance) => Repo(instance)?.Revisions.Length ?? 0;

    /// <summary>How many <c>Problems</c> a repo has.</summary>
    public static int ProblemCount(PSObject instance) => Repo(instance)?.Problems.Length ?? 0;

    private static string OfProperty(PSObject? instance, string name)
        => instance?.Properties[name]?.Value is long bytes ? Of(bytes) : string.Empty;

    private static CachedRepo? Repo(PSObject? instance) => instance?.BaseObject as CachedRepo;
}
