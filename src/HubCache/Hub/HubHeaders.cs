using System.Globalization;
using System.Text.RegularExpressions;

namespace HubCache.Hub;

/// <summary>Reads headers as they came, before .NET's parsers drop what they do not like.</summary>
internal static partial class HubHeaders
{
    /// <summary>The first value of a header, or null.</summary>
    public static string? Get(HttpResponseMessage response, string name)
    {
        return response.Headers.NonValidated.TryGetValues(name, out var values)
            || response.Content.Headers.NonValidated.TryGetValues(name, out values)
            ? values.FirstOrDefault()?.Trim()
            : null;
    }

    /// <summary>Whether the body is sent as it is, without a content coding.</summary>
    public static bool IsIdentity(HttpResponseMessage response)
    {
        string? coding = Get(response, "Content-Encoding");
        return string.IsNullOrEmpty(coding) || coding.Equals("identity", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Where the next page is: the target of <c>rel="next"</c> in <c>Link</c> (RFC 8288); null when there is none.</summary>
    public static string? NextPage(HttpResponseMessage response)
    {
        string links = Get(response, "Link") ?? string.Empty;
        for (int open = links.IndexOf('<', StringComparison.Ordinal); open >= 0;)
        {
            int close = links.IndexOf('>', open);
            int following = close < 0 ? -1 : links.IndexOf('<', close);
            string parameters = close < 0 ? string.Empty : links[(close + 1)..(following < 0 ? links.Length : following)];
            if (parameters.Split(';', ',').Any(one => one.Trim() is "rel=\"next\"" or "rel=next"))
            {
                return links[(open + 1)..close];
            }

            open = following;
        }

        return null;
    }

    /// <summary>A non-negative number of bytes, or null.</summary>
    public static long? Length(string? text)
    {
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length : null;
    }

    /// <summary>
    /// How long the server asks to wait: <c>Retry-After</c> in seconds or as a date (RFC 9110 section 10.2.3), or an exhausted
    /// <c>RateLimit</c> (draft-ietf-httpapi-ratelimit-headers-09).
    /// </summary>
    public static TimeSpan? Pause(HttpResponseMessage response)
    {
        if (Get(response, "Retry-After") is string after)
        {
            if (Length(after) is long seconds)
            {
                return TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.MaxValue.TotalSeconds / 2));
            }

            // Exactly: a lenient parser takes "3.5" for a day in March.
            if (DateTimeOffset.TryParseExact(
                after, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date))
            {
                TimeSpan pause = date - DateTimeOffset.UtcNow;
                return pause > TimeSpan.Zero ? pause : TimeSpan.Zero;
            }
        }

        Match limit = RateLimit().Match(Get(response, "RateLimit") ?? string.Empty);
        return limit.Success && Length(limit.Groups["left"].Value) == 0 && Length(limit.Groups["reset"].Value) is long reset
            ? TimeSpan.FromSeconds(Math.Min(reset, int.MaxValue))
            : null;
    }

    [GeneratedRegex("""
        "[^"]+"\s*;\s*r\s*=\s*(?<left>\d+)\s*;\s*t\s*=\s*(?<reset>\d+)
        """)]
    private static partial Regex RateLimit();
}
