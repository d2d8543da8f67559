using HubCache.Names;

namespace HubCache;

/// <summary>
/// The name of a blob that has been checked: the SHA-256 of an LFS file or the git SHA-1 of any other, in lower-case hex.
/// </summary>
public sealed record ETag
{
    private ETag(string value) => Value = value;

    /// <summary>The 40 or 64 digits.</summary>
    public string Value { get; }

    /// <summary>Whether the name is a SHA-256 of the bytes (an LFS file); otherwise it is git's SHA-1.</summary>
    public bool IsSha256 => Value.Length == 64;

    /// <summary>The etag in a text of exactly 40 or 64 lower-case hex digits, or null.</summary>
    public static ETag? TryParse(string? text)
    {
        return text is not null && (Hex.IsLower(text, 40) || Hex.IsLower(text, 64)) ? new ETag(text) : null;
    }

    /// <summary>The etag in an HTTP header, its weak mark and quotes removed (RFC 9110 section 8.8.3), or null.</summary>
    public static ETag? TryParseHeader(string? header)
    {
        string text = header?.Trim() ?? string.Empty;
        if (text.StartsWith("W/", StringComparison.Ordinal))
        {
            text = text[2..];
        }

        return TryParse(text.Trim('"'));
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
