using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>Takes a [uri] letter for letter: as text it would have some of its escapes undone, and a second time later.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class HubAddressAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
        => (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is Uri address ? address.OriginalString : inputData;
}
