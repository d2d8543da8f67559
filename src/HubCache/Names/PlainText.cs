using System.Globalization;
using System.Text;

namespace HubCache.Names;

/// <summary>
/// Text from disks and from servers, as it may be shown: the one place where what a terminal or a log would obey is taken out.
/// </summary>
/// <remarks>For messages and views. Values that programs use stay as they are.</remarks>
internal static class PlainText
{
    /// <summary>
    /// The text with U+FFFD in the place of each control character (C0, C1, DEL), line or paragraph separator, and each mark that changes
    /// the direction of what follows (the Unicode Standard's Bidi_Control; CVE-2021-42574 is what it can be used for). Empty for null.
    /// </summary>
    public static string Of(string? text)
    {
        return string.IsNullOrEmpty(text) ? string.Empty
            : text.Any(IsObeyed)
                ? new StringBuilder(text.Length).AppendJoin(string.Empty, text.Select(c => IsObeyed(c) ? '\uFFFD' : c)).ToString()
            : text;
    }

    /// <summary>
    /// A cause as it may be shown: what prints an error prints the messages of its causes as well, and .NET's quote paths as they are. Null
    /// for one whose message, or a cause's of its own, has something to replace.
    /// </summary>
    internal static Exception? Cause(Exception? cause)
    {
        for (Exception? e = cause; e is not null; e = e.InnerException)
        {
            if (e.Message.Any(IsObeyed))
            {
                return null;
            }
        }

        return cause;
    }

    /// <summary>Whether a character is one that <see cref="Of"/> replaces.</summary>
    public static bool IsObeyed(char c)
    {
        return char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            || c is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
    }
}
