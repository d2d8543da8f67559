using System.Globalization;
using System.Text.RegularExpressions;
using HubCache.Hub;

namespace HubCache.Xet;

/// <summary>What Xet's services and its storage may answer, as errors. No token and no signature gets into any.</summary>
internal static partial class XetErrors
{
    private const string Advice = "Try again later, or fetch it by plain HTTP with -Transport Http.";

    /// <summary>An answer or bytes that no Xet service gives.</summary>
    public static HubCacheException Nonsense(Uri address, string what)
    {
        return new HubCacheException(
            HubErrorCode.HubProtocolError, $"{address.Host} does not answer as Xet does: {what}.", address.Host, Advice);
    }

    /// <summary>Bytes that are no chunk of the xorb that they should be of.</summary>
    public static HubCacheException BadChunk(SignedRange range, int chunk, string what)
        => Nonsense(range.Link, string.Create(CultureInfo.InvariantCulture, $"chunk {chunk} of xorb {range.Xorb} is wrong: {what}"));

    /// <summary>A refusal for good.</summary>
    public static HubCacheException Refused(Uri address, int status, string what)
    {
        return new HubCacheException(
            HubErrorCode.HubProtocolError,
            string.Create(CultureInfo.InvariantCulture, $"{address.Host} refuses ({status}): {what}."),
            address.Host,
            Advice);
    }

    /// <summary>
    /// The id by which the service knows the request, as the end of a message; empty when it gave none that can be shown.
    /// </summary>
    public static string RequestId(HttpResponseMessage response, string token)
    {
        // A broken proxy may put anything there, the token too.
        string id = HubHeaders.Get(response, "X-Request-Id") ?? string.Empty;
        return PlainId().IsMatch(id) && !token.Contains(id, StringComparison.Ordinal) ? $", request {id}" : string.Empty;
    }

    /// <summary>
    /// What an object store's XML says of a refusal, as far as it is words; empty when it says nothing that can be shown.
    /// </summary>
    public static string Said(string body)
    {
        string said = string.Join(": ", Told().Matches(body).Select(match => match.Groups["text"].Value.Trim()).Take(2));
        return said.Split(' ', ':', '-', '.').All(word => word.Length <= 32) ? said : string.Empty;
    }

    [GeneratedRegex(@"\A[0-9A-Za-z-]{4,64}\z")]
    private static partial Regex PlainId();

    [GeneratedRegex(@"<(?<tag>Code|Message)>(?<text>[A-Za-z0-9 .,:'-]{1,200})</\k<tag>>")]
    private static partial Regex Told();
}
