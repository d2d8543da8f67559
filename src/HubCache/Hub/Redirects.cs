namespace HubCache.Hub;

/// <summary>The rules for going where an answer points.</summary>
internal static class Redirects
{
    /// <summary>More than this many in a row lead nowhere.</summary>
    public const int Most = 10;

    public static bool IsOne(HttpResponseMessage response) => (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;

    /// <summary>
    /// Whether a redirect to another host leads to the Hub itself, which answers in the endpoint's place, and not to stored bytes.
    /// </summary>
    public static bool LeadsToHub(HttpResponseMessage response, Uri target)
        => (int)response.StatusCode is 301 or 308 || HubAddress.IsKnownHub(target);

    /// <summary>Where the answer points, if that is somewhere we may go.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="endpoint">The Hub; its own path is put before that of a page that was passed on without it. Null for none.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.HubProtocolError"/>: nowhere, or from https to http.</exception>
    public static Uri Next(HttpResponseMessage response, Uri? endpoint = null)
    {
        Uri from = response.RequestMessage!.RequestUri!;
        string? location = HubHeaders.Get(response, "Location");
        Uri? target = endpoint is not null
            && location is not null
            && HubAddress.SameOrigin(from, endpoint)
            && HubAddress.LacksPrefix(endpoint, location)
            ? HubAddress.AtEndpoint(endpoint, location)
            : HubAddress.Target(from, location);
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
