using System.Globalization;

namespace HubCache.PowerShell.Formatting;

/// <summary>What a check of a cache looked at, in a sentence.</summary>
internal static class CheckedText
{
    public static string Of(CheckedAmount amount, string cachePath, bool isQuick)
    {
        string bytes = isQuick
            ? "lengths only, no bytes were read"
            : string.Create(CultureInfo.InvariantCulture, $"{SizeText.Of(amount.Bytes)} in {Count(amount.Hashed, "file")} hashed");
        return $"Checked {Count(amount.Repos, "repo")} with {Count(amount.Files, "name")} in snapshots of '{cachePath}' ({bytes}): "
            + $"nothing is wrong.";
    }

    private static string Count(int count, string what)
        => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? string.Empty : "s")}");
}
