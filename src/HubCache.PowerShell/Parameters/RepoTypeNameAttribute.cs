using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>Takes the name of a repo type, and keeps hold of one that is wrong.</summary>
/// <remarks>PowerShell skips a property of a piped object that it cannot convert: a typing error would fetch, or remove, what is of another type.</remarks>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class RepoTypeNameAttribute : ArgumentTransformationAttribute
{
    private const RepoType Unknown = (RepoType)(-1);

    /// <summary>Refuses what was no repo type.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>.</exception>
    public static void Check(RepoType? type)
    {
        if (type is RepoType given && !Enum.IsDefined(given))
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                "That is no type of a repo.",
                nameof(RepoType),
                $"Give one of: {string.Join(", ", Enum.GetNames<RepoType>())}.");
        }
    }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            null or "" or RepoType => value,
            string text when Enum.TryParse(text, ignoreCase: true, out RepoType type) && Enum.GetNames<RepoType>().Contains(text, StringComparer.OrdinalIgnoreCase) => type,
            _ => Unknown,
        };
    }
}
