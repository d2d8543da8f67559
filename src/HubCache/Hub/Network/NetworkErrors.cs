using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace HubCache.Hub.Network;

/// <summary>
/// Turns what .NET throws when no answer comes into errors that say what to do. Nothing of .NET's own text is passed on but what the
/// system says of a socket: it quotes proxies with their passwords, and lines that somebody sent back to us.
/// </summary>
internal static class NetworkErrors
{
    /// <summary>The error when no answer came.</summary>
    /// <param name="address">What was asked for.</param>
    /// <param name="cause">What .NET threw.</param>
    /// <param name="proxy">The proxy on the way, without a user; null for none.</param>
    /// <param name="trust">What is trusted in place of the system's store; null for nothing.</param>
    /// <returns>A <see cref="TransientException"/> when another attempt may fare better, else a <see cref="HubCacheException"/>.</returns>
    public static Exception NoAnswer(Uri address, Exception cause, Uri? proxy = null, CertificateSource? trust = null)
    {
        if (Find<UntrustedCertificateException>(cause) is { } untrusted)
        {
            return Untrusted(address, untrusted, proxy, trust);
        }

        HttpRequestError kind =
            (cause as HttpRequestException)?.HttpRequestError ?? (cause as HttpIOException)?.HttpRequestError ?? HttpRequestError.Unknown;
        return kind switch
        {
            HttpRequestError.ProxyTunnelError when proxy is not null => NoTunnel(address, proxy, (HttpRequestException)cause),
            HttpRequestError.InvalidResponse => new TransientException(HubErrors.Nonsense(
                address,
                proxy is null ? "the answer is no HTTP" : $"the answer is no HTTP (asked for through the proxy {proxy.Authority})")),
            HttpRequestError.SecureConnectionError when Find<IOException>(cause) is null
                && Find<AuthenticationException>(cause) is { } failed
                => Unreachable(address, proxy, $"no secure connection could be agreed upon ({Plainly(failed)}).", cause, isTls: true),
            _ => new TransientException(Unreachable(address, proxy, Plainly(cause), cause, kind == HttpRequestError.SecureConnectionError)),
        };
    }

    /// <summary>The error when a proxy does not take us.</summary>
    /// <param name="address">What was asked for.</param>
    /// <param name="proxy">The proxy, without a user; null when it is not known.</param>
    /// <param name="status">Its answer; null when it speaks no HTTP.</param>
    public static HubCacheException ProxyRefused(Uri address, Uri? proxy, HttpStatusCode? status)
    {
        string who = proxy is null ? "A proxy" : $"The proxy {proxy.Authority}";
        string number = status is { } code ? string.Create(CultureInfo.InvariantCulture, $" ({(int)code})") : string.Empty;
        bool isLogin = status is null or HttpStatusCode.ProxyAuthenticationRequired;
        return new HubCacheException(
            HubErrorCode.ProxyRefused,
            isLogin
                ? $"{who} on the way to {address.Host} wants another user or password than it was given{number}."
                : $"{who} does not let us through to {address.Host}{number}.",
            HubAddress.ForPeople(address),
            isLogin
                ? $"Pass -ProxyCredential, or put the user into HTTPS_PROXY; or leave {address.Host} out of the proxy with NO_PROXY."
                : $"Ask whoever runs the proxy to open {address.Host}:{address.Port}, or name another one with -Proxy or HTTPS_PROXY, or "
                    + $"leave {address.Host} out of it with NO_PROXY.");
    }

    private static Exception NoTunnel(Uri address, Uri proxy, HttpRequestException cause)
    {
        if (cause.StatusCode is not { } status)
        {
            // SOCKS: .NET says in words alone whether it refuses us or does not get through.
            string words = cause.InnerException?.Message ?? string.Empty;
            return words.Contains("authent", StringComparison.OrdinalIgnoreCase) ? ProxyRefused(address, proxy, null)
                : new TransientException(
                    Unreachable(address, proxy, $"the proxy {proxy.Authority} gives no connection.", null, isTls: false));
        }

        return status is (>= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError
            and not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests))
            or HttpStatusCode.NotImplemented or HttpStatusCode.HttpVersionNotSupported
            ? ProxyRefused(address, proxy, status)
            : new TransientException(Unreachable(
                address,
                proxy,
                string.Create(CultureInfo.InvariantCulture, $"the proxy {proxy.Authority} gives no connection ({(int)status})."),
                null,
                isTls: false));
    }

    private static HubCacheException Untrusted(Uri address, UntrustedCertificateException cause, Uri? proxy, CertificateSource? trust)
    {
        bool isProxys = proxy?.Scheme == Uri.UriSchemeHttps && string.Equals(cause.Host, proxy.IdnHost, StringComparison.OrdinalIgnoreCase);
        string who = isProxys
            ? $"the proxy {proxy!.Authority}"
            : address.Host + (proxy is null ? string.Empty : $" (asked for through the proxy {proxy.Authority})");
        string where = trust is null
            ? "the system's store, or a file with it in SSL_CERT_FILE"
            : $"what {string.Join(" and ", trust.Paths.Select(path => $"{path.Variable} ('{path.Path}')"))} names: nothing else is trusted";
        return new HubCacheException(
            HubErrorCode.CertificateInvalid,
            $"The certificate of {who} is not trusted: {cause.Reason}.",
            HubAddress.ForPeople(address),
            $"Check the machine's clock. Where a proxy opens secure connections, put the certificate of its authority into {where}.");
    }

    private static HubCacheException Unreachable(Uri address, Uri? proxy, string what, Exception? cause, bool isTls)
    {
        bool isProxys = proxy is not null
            && cause is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };
        string who = isProxys ? $"The proxy {proxy!.Authority} on the way to {address.Host}" : $"{address.IdnHost}:{address.Port}";
        string through = proxy is null || isProxys ? string.Empty : $" (through the proxy {proxy.Authority})";
        return new HubCacheException(
            HubErrorCode.HubUnreachable,
            $"{who} cannot be reached{through}: {what}",
            HubAddress.ForPeople(address),
            isTls ? "Check whether the address and the port are right, whether a proxy opens the connection, and whether the server wants "
                + "a client's certificate, which is not supported."
                : proxy is null ? "Check the network, -Proxy and HTTPS_PROXY, and HF_ENDPOINT. What is cached can be had with -Offline."
                : $"Check the proxy {proxy.Authority} (-Proxy, HTTPS_PROXY, NO_PROXY), the network, and HF_ENDPOINT. What is cached can be "
                    + $"had with -Offline.",
            new IOException(what));
    }

    /// <summary>The reason in words that hold nothing that anybody sent.</summary>
    private static string Plainly(Exception cause)
    {
        return Find<SocketException>(cause) is { } socket ? socket.Message.TrimEnd('.') + "."
            : Find<AuthenticationException>(cause) is { } failed ? failed.GetBaseException().Message.TrimEnd('.') + "."
            : cause is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }
                or HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }
                || Find<HttpIOException>(cause) is { HttpRequestError: HttpRequestError.ResponseEnded }
                    ? "The connection was closed before the answer was complete."
            : cause is HttpRequestException ? "The connection broke."
            : cause is IOException and not HttpIOException ? cause.GetBaseException().Message.TrimEnd('.') + "."
            : "The connection broke.";
    }

    private static T? Find<T>(Exception? cause)
        where T : Exception
    {
        for (Exception? e = cause; e is not null; e = e.InnerException)
        {
            if (e is T found)
            {
                return found;
            }
        }

        return null;
    }
}
