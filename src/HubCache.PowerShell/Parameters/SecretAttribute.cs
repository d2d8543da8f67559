using System.Management.Automation;
using System.Security;

namespace HubCache.PowerShell;

/// <summary>Takes a secret only as a SecureString. What was given instead is not repeated: it may be the secret.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is null or SecureString ? value : throw new ArgumentTransformationMetadataException(
            "A token is taken as a SecureString only, so that it stays out of the history and of logs. "
            + "Ask for it with (Read-Host -AsSecureString), or read it from a vault; or set the environment variable HF_TOKEN.");
    }
}
