using HubCache.Names;

namespace HubCache;

/// <summary>A full commit hash that has been checked: 40 lower-case hex digits, and so a safe folder name.</summary>
public sealed record CommitHash
{
    private CommitHash(string value) => Value = value;

    /// <summary>The 40 digits.</summary>
    public string Value { get; }

    /// <summary>The commit hash in a text, white space around it ignored (ref files of other clients end in a newline), or null.</summary>
    public static CommitHash? TryParse(string? text)
    {
        string trimmed = text?.Trim() ?? string.Empty;
        return Hex.IsLower(trimmed, 40) ? new CommitHash(trimmed) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
