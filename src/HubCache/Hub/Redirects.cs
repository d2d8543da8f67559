namespace HubCache.Hub;

/// <summary>The rules for going where an answer points.</summary>
internal static class Redirects
{
    /// <summary>More than this many in a row lead nowhere.</summary>
    public const int Most = 10;

    public static bool IsOne(HttpResponseMessage response) => (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;

    /// <summary>Where the answer points, if that is somewhere we may go.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.HubProtocolError"/>: nowhere, or from https to http.</exception>
    public static Uri Next(HttpResponseMessage response)
    {
        Uri from = response.RequestMessage!.RequestUri!;
        Uri? target = HubAddress.Target(from, HubHeaders.Get(response, "Location"));
        if (target is null)
        {
            throw HubErrors.Nonsense(from, "a redirect without a usable Location");
        }

        if (from.Scheme == Uri.UriSchemeHttps && target.Scheme == Uri.UriSchemeHttp)
        {
            throw HubErrors.Nonsense(from, "a redirect from https to http");
        }

        return target;
    }

    /// <summary>The error for a chain that does not end.</summary>
    public static HubCacheException TooMany(Uri start) => HubErrors.Nonsense(start, $"more than {Most} redirects");
}
