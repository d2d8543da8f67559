using System.Net;

namespace HubCache.Hub.Network;

/// <summary>A proxy: its address without a user, so that no message of .NET can repeat a password, and the user apart from it.</summary>
/// <param name="Address">Scheme, host and port; the scheme is one that .NET knows.</param>
/// <param name="Credential">The user and the password; null for none.</param>
internal sealed record ProxyAddress(Uri Address, NetworkCredential? Credential)
{
    private static readonly string[] Schemes = ["http", "https", "socks4", "socks4a", "socks5"];

    /// <summary>
    /// Reads a proxy as the environment says it, a scheme being dispensable; null for what is none, or none that can be used.
    /// </summary>
    public static ProxyAddress? Parse(string text)
    {
        string trimmed = text.Trim();
        int colons = trimmed.IndexOf("://", StringComparison.Ordinal);
        string scheme = colons < 0 ? "http" : trimmed[..colons].ToLowerInvariant();
        string rest = colons < 0 ? trimmed : trimmed[(colons + 3)..];

        // A password may hold whatever its owner did not escape: the last @ ends it.
        int at = rest.LastIndexOf('@');
        string host = (at < 0 ? rest : rest[(at + 1)..]).Split('/', '?', '#')[0];

        // .NET has the proxy resolve the names for socks5 as well, which is what the h asks for.
        string known = scheme == "socks5h" ? "socks5" : scheme == "socks" ? "socks4a" : scheme;
        string port = known.StartsWith("socks", StringComparison.Ordinal) && !HasPort(host) ? ":1080" : string.Empty;
        return Schemes.Contains(known)
            && Uri.TryCreate($"{known}://{host}{port}", UriKind.Absolute, out Uri? address)
            && address.Host.Length > 0
            ? new ProxyAddress(address, at < 0 ? null : User(rest[..at]))
            : null;
    }

    /// <summary>The proxy as it may be shown.</summary>
    public override string ToString() => Address.Authority;

    private static bool HasPort(string host) => host.LastIndexOf(':') > host.LastIndexOf(']');

    private static NetworkCredential? User(string userInfo)
    {
        string[] parts = userInfo.Split(':', 2);
        return userInfo.Length == 0 ? null
            : new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : string.Empty);
    }
}
