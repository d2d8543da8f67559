using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace HubCache.PowerShell;

/// <summary>
/// Takes a size as a number, or as a text with a unit, with or without a space: <c>'1.5 GB'</c>. Units are powers of 1024, as PowerShell's
/// own are.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed partial class SizeAttribute : ArgumentTransformationAttribute
{
    private const string Units = "KMGTP";

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is not string text)
        {
            return inputData;
        }

        Match match = Size().Match(text);
        if (!match.Success
            || !decimal.TryParse(match.Groups["number"].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal bytes))
        {
            throw Refusal(text);
        }

        for (int power = Units.IndexOf(match.Groups["unit"].Value, StringComparison.OrdinalIgnoreCase)
            + (match.Groups["unit"].Length > 0 ? 1 : 0); power > 0; power--)
        {
            bytes = bytes <= long.MaxValue ? bytes * 1024 : throw Refusal(text);
        }

        return bytes <= long.MaxValue ? (long)bytes : throw Refusal(text);
    }

    private static ArgumentTransformationMetadataException Refusal(string text)
        => new($"'{text}' is not a size in bytes. Give a number, with KB, MB, GB or TB if you like: 500MB, 1.5GB.");

    [GeneratedRegex(
        @"^\s*(?<number>-?[0-9]{1,15}(\.[0-9]{1,9})?(e[0-9]{1,2})?)\s*((?<unit>[KMGTP])i?)?B?\s*\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Size();
}
