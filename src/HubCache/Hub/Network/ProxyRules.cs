using System.Net;

namespace HubCache.Hub.Network;

/// <summary>
/// Which proxy leads to an address: the one that the caller names, else what the environment says in <c>http_proxy</c>,
/// <c>https_proxy</c>, <c>all_proxy</c> and <c>no_proxy</c>, else the system's. .NET's own reading of the environment knows no CIDR, no
/// port and no suffix without a dot, and repeats passwords in its errors.
/// </summary>
internal sealed class ProxyRules : IWebProxy, ICredentials
{
    private readonly ProxyAddress? _given;
    private readonly ICredentials? _credential;
    private readonly Variable? _http;
    private readonly Variable? _https;
    private readonly NoProxyRules _excluded;
    private readonly IWebProxy? _system;

    private ProxyRules(ProxyAddress? given, ICredentials? credential, Func<string, string?> environment, IWebProxy? system)
    {
        (_given, _credential) = (given, credential);
        _http = Read(environment, "http_proxy") ?? Read(environment, "all_proxy");
        _https = Read(environment, "https_proxy") ?? Read(environment, "all_proxy");
        _excluded = NoProxyRules.Parse(Named(environment, "no_proxy")?.Text);
        _system = system;
    }

    /// <inheritdoc/>
    /// <remarks>This object itself: .NET asks it with the proxy's address.</remarks>
    public ICredentials? Credentials
    {
        get => this;
        set => throw new NotSupportedException();
    }

    /// <summary>The rules of a call.</summary>
    /// <param name="proxy">The proxy that the caller names, for every address; null for none.</param>
    /// <param name="credential">The credential that he names; null for what the proxy's address says.</param>
    public static ProxyRules Of(Uri? proxy, ICredentials? credential)
    {
        // On Linux .NET has nothing but the environment as it was when the process asked first.
        IWebProxy? system = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? HttpClient.DefaultProxy : null;
        return Of(proxy, credential, Environment.GetEnvironmentVariable, system);
    }

    /// <summary>The same with an environment and a system of one's own, for tests.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: the named proxy is none.</exception>
    internal static ProxyRules Of(Uri? proxy, ICredentials? credential, Func<string, string?> environment, IWebProxy? system)
    {
        ProxyAddress? given = proxy is null ? null : (proxy.OriginalString.Contains("://", StringComparison.Ordinal)
            ? ProxyAddress.Parse(proxy.OriginalString)
            : null) ?? throw new HubCacheException(
            HubErrorCode.InvalidOption,
            "-Proxy is not the address of a proxy that can be used.",
            nameof(HubOptions.Proxy),
            "Give an absolute address, such as http://proxy.example:8080 (http, https, socks4, socks4a, socks5 and socks5h are known), and "
                + "a user with -ProxyCredential.");
        return new ProxyRules(given, credential, environment, system);
    }

    /// <summary>The proxy for an address, without a user; null when it is asked for directly.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: the environment says something that cannot be
    /// honoured.</exception>
    public Uri? For(Uri address)
    {
        if (_given is not null)
        {
            return _given.Address;
        }

        Variable? variable = address.Scheme == Uri.UriSchemeHttps ? _https : _http;
        Uri? fromSystem = variable is null && _system?.IsBypassed(address) == false ? _system.GetProxy(address) : null;
        if ((variable is null && fromSystem is null) || _excluded.Exclude(address))
        {
            return null;
        }

        if (_excluded.Unreadable is string entry)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                $"NO_PROXY has {entry}, which cannot be read: it is not known whether {address.Host} is to be asked for through the proxy.",
                "NO_PROXY",
                "Use host names, addresses, CIDR blocks such as 10.0.0.0/8, each with a port if wanted, or *; or name the proxy "
                    + "with -Proxy.");
        }

        return variable is null ? fromSystem : variable.Proxy?.Address ?? throw new HubCacheException(
            HubErrorCode.InvalidOption,
            $"{variable.Name} is not the address of a proxy that can be used.",
            variable.Name,
            $"Set {variable.Name} to an address such as http://proxy.example:8080 (http, https, socks4, socks4a, socks5 and socks5h are "
                + $"known), or unset it.");
    }

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination) => For(destination);

    /// <inheritdoc/>
    public bool IsBypassed(Uri host) => For(host) is null;

    /// <inheritdoc/>
    public NetworkCredential? GetCredential(Uri uri, string authType)
    {
        NetworkCredential? own = new[] { _given, _https?.Proxy, _http?.Proxy }
            .FirstOrDefault(proxy => proxy is not null && HubAddress.SameOrigin(proxy.Address, uri))?.Credential;
        return _credential?.GetCredential(uri, authType) ?? own ?? _system?.Credentials?.GetCredential(uri, authType);
    }

    private static Variable? Read(Func<string, string?> environment, string name)
    {
        return Named(environment, name) is { Text.Length: > 0 } found ? found : null;
    }

    /// <summary>The variable in lower case, which wins even when it is empty, else the one in upper case.</summary>
    private static Variable? Named(Func<string, string?> environment, string name)
    {
        string upper = name.ToUpperInvariant();
        if (environment(name) is string lower)
        {
            return new Variable(upper, lower.Trim());
        }

        // In a CGI program it is what the caller sent as the header "Proxy".
        bool isHeader = upper == "HTTP_PROXY" && (environment("REQUEST_METHOD") ?? environment("GATEWAY_INTERFACE")) is not null;
        return isHeader || environment(upper) is not string text ? null : new Variable(upper, text.Trim());
    }

    private sealed record Variable(string Name, string Text)
    {
        public ProxyAddress? Proxy { get; } = ProxyAddress.Parse(Text);

        public override string ToString() => Name;
    }
}
