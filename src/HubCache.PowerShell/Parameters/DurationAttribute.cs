using System.Globalization;
using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>Takes a duration only from a TimeSpan or a text with colons, since PowerShell reads a bare number as ticks.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationAttribute(string example) : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        TimeSpan duration = value switch
        {
            TimeSpan given => given,
            string text when text.Contains(':', StringComparison.Ordinal)
                && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan parsed) => parsed,
            _ => throw Refusal($"'{value}' is not a duration: it does not say of what unit it is."),
        };
        return duration >= TimeSpan.Zero ? duration : throw Refusal($"'{value}' is negative.");
    }

    private ArgumentTransformationMetadataException Refusal(string reason) => new($"{reason} Give hours, minutes and seconds, {example}.");
}
