using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>Takes an address from text. One that is none is not repeated, as PowerShell would: it may carry a password.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AddressTextAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is null or Uri ? value
            : value is string text && Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out Uri? address) ? address
            : throw new ArgumentTransformationMetadataException(
                "It is not an address. Give one such as https://host.example:8080, without a user and a password.");
    }
}
