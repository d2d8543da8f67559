using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>Takes a [uri] letter for letter: as text it would have some of its escapes undone, and a second time later.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class HubAddressAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        return (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            Uri address => address.OriginalString,
            object?[] several when Array.Exists(several, each => (each is PSObject element ? element.BaseObject : each) is Uri)
                => Array.ConvertAll(several, each => Transform(engineIntrinsics, each)),
            _ => inputData,
        };
    }
}
