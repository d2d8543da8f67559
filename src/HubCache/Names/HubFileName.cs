using HubCache.Names;

namespace HubCache;

/// <summary>
/// The path of a file in a repo that has been checked: relative, '/' between its parts, and no way out of the folder on this system.
/// </summary>
public sealed record HubFileName
{
    private HubFileName(string value) => Value = value;

    /// <summary>The path as the Hub writes it.</summary>
    public string Value { get; }

    /// <summary>The parts between the slashes; at least one.</summary>
    public IReadOnlyList<string> Segments => Value.Split('/');

    /// <summary>Checks a file name.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidFileName"/>.</exception>
    public static HubFileName Parse(string value) => Parse(value, NameRules.OfThisSystem);

    /// <summary>The file name in a text, or null when it is none.</summary>
    public static HubFileName? TryParse(string value) => TryParse(value, NameRules.OfThisSystem);

    /// <summary>Checks a file name by the rules of a system.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidFileName"/>.</exception>
    internal static HubFileName Parse(string value, NameRules rules)
    {
        if (rules.FaultOfPath(value) is string fault)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidFileName,
                $"'{value}' is not the name of a file in a repo: it {fault}.",
                value ?? string.Empty,
                "Give the path inside the repo, relative and with '/', such as 'onnx/model.onnx'.");
        }

        return new HubFileName(value!);
    }

    /// <summary>The file name in a text by the rules of a system, or null when it is none.</summary>
    internal static HubFileName? TryParse(string value, NameRules rules)
        => rules.FaultOfPath(value) is null ? new HubFileName(value) : null;

    /// <inheritdoc/>
    public override string ToString() => Value;
}
