using System.Globalization;
using System.Management.Automation;

namespace HubCache.PowerShell.Formatting;

/// <summary>What a check of a file system measured, for people: code behind a hidden property for the table view.</summary>
public static class CheckText
{
    // Limits of names and paths are known by their exact numbers.
    private const long LargestLimit = 100_000;

    /// <summary>The property <c>Value</c> with its unit.</summary>
    public static string Value(PSObject instance)
    {
        return instance?.BaseObject is FileSystemCheck check
            ? check.Value is long bytes and >= LargestLimit && check.Unit == "bytes"
                ? SizeText.Of(bytes)
                : string.Create(CultureInfo.InvariantCulture, $"{check.Value} {check.Unit}").TrimEnd()
            : string.Empty;
    }
}
