using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>Takes the name of a repo type, and keeps hold of one that is wrong.</summary>
/// <remarks>
/// PowerShell skips a property of a piped object that it cannot convert: a typing error would fetch, or remove, what is of another type.
/// </remarks>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class RepoTypeNameAttribute : ArgumentTransformationAttribute
{
    // What was refused, by the value that stands for it until a record is checked: errors show it. Each outlives as many others.
    private static readonly string?[] Refused = new string?[64];
    private static int s_refusals;

    /// <summary>Refuses what was no repo type.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>.</exception>
    public static void Check(RepoType? type)
    {
        if (type is RepoType given && !Enum.IsDefined(given))
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                $"'{TextOf(given)}' is not a repo type.",
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
            string text when Array.Find(Enum.GetNames<RepoType>(), name => IsOneOf(text, name)) is string name
                => Enum.Parse<RepoType>(name),
            _ => Refuse(LanguagePrimitives.ConvertTo<string>(inputData)),
        };
    }

    /// <summary>The name, or its plural, which the Hub's addresses use.</summary>
    private static bool IsOneOf(string text, string name)
        => text.Equals(name, StringComparison.OrdinalIgnoreCase) || text.Equals(name + "s", StringComparison.OrdinalIgnoreCase);

    private static RepoType Refuse(string text)
    {
        int place = (Interlocked.Increment(ref s_refusals) & int.MaxValue) % Refused.Length;
        Refused[place] = text;
        return (RepoType)(-1 - place);
    }

    private static string TextOf(RepoType type)
    {
        int place = -1 - (int)type;
        return place >= 0 && place < Refused.Length && Refused[place] is string text ? text : type.ToString();
    }
}
