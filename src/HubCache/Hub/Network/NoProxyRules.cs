using System.Globalization;
using System.Net;

namespace HubCache.Hub.Network;

/// <summary>
/// Which hosts <c>NO_PROXY</c> leaves out, as curl (lib/noproxy.c) and Python (urllib, requests, httpx) read it together: names with all
/// that lies below them, with or without a dot in front; <c>*</c>; addresses; CIDR blocks of both families; each with a port, if wanted.
/// </summary>
internal sealed class NoProxyRules
{
    private static readonly IdnMapping Idn = new();

    private readonly List<Rule> _rules = [];

    private NoProxyRules()
    {
    }

    /// <summary>The first entry that cannot be read, as it may be shown; null when all can be.</summary>
    public string? Unreadable { get; private set; }

    /// <summary>Reads a list, separated by commas or white space.</summary>
    public static NoProxyRules Parse(string? list)
    {
        var rules = new NoProxyRules();
        foreach (string entry in (list ?? string.Empty).Split([',', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (Read(entry) is Rule rule)
            {
                rules._rules.Add(rule);
            }
            else
            {
                // Somebody may have taken it for another variable, with a password in it.
                rules.Unreadable ??= entry.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '/' or '-' or '*' or '[' or ']')
                    ? $"'{entry}'"
                    : "an entry with other characters";
            }
        }

        return rules;
    }

    /// <summary>Whether an address is asked for without a proxy.</summary>
    public bool Exclude(Uri address)
    {
        string host = address.IdnHost.Trim('[', ']').TrimEnd('.');
        IPAddress? literal = Literal(host);
        return _rules.Exists(rule => (rule.Port is null || rule.Port == address.Port)
            && (rule.Scheme is null || rule.Scheme == address.Scheme)
            && rule.Fits(host, literal));
    }

    private static Rule? Read(string entry)
    {
        int colons = entry.IndexOf("://", StringComparison.Ordinal);
        string? scheme = colons < 0 ? null : entry[..colons].ToLowerInvariant();
        string rest = (colons < 0 ? entry : entry[(colons + 3)..]).TrimEnd('/');
        if (scheme is not (null or "http" or "https" or "all"))
        {
            return null;
        }

        (string Host, int? Port)? parts = Split(rest);
        return parts is ({ Length: > 0 } host, int or null)
            && Matcher(host) is Func<string, IPAddress?, bool> fits
            ? new Rule(scheme == "all" ? null : scheme, parts.Value.Port, fits)
            : null;
    }

    /// <summary>Takes a port off; null when there is something behind the host that is none.</summary>
    private static (string Host, int? Port)? Split(string text)
    {
        int close = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        string host = close > 0 ? text[1..close] : text;
        string behind = close > 0 ? text[(close + 1)..] : string.Empty;
        if (close < 0 && text.Count(c => c == ':') == 1)
        {
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            (host, behind) = (text[..colon], text[colon..]);
        }

        // A block may have its brackets around the address alone: [fd00::]/8.
        return behind.Length == 0 ? (host, null)
            : behind.StartsWith('/') ? (host + behind, null)
            : int.TryParse(behind.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
                && behind[0] == ':'
                && port is > 0 and <= 65535 ? (host, port)
            : null;
    }

    private static Func<string, IPAddress?, bool>? Matcher(string host)
    {
        if (host == "*")
        {
            return (_, _) => true;
        }

        if (host == "<local>")
        {
            return (name, address) => address is null && !name.Contains('.', StringComparison.Ordinal);
        }

        if (host.Contains('/', StringComparison.Ordinal))
        {
            return Block(host);
        }

        if (Literal(host) is IPAddress one)
        {
            return (_, address) => one.Equals(address);
        }

        string suffix = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host.TrimStart('.');
        return Ascii(suffix.TrimEnd('.')) is string below && !IsHalfAnAddress(below)
            ? (name, address) => address is null
                && (name.Equals(below, StringComparison.OrdinalIgnoreCase)
                    || name.EndsWith('.' + below, StringComparison.OrdinalIgnoreCase))
            : null;
    }

    /// <summary>
    /// No name ends in a number (RFC 3696, 2): <c>10.</c> and <c>2.3</c> are pieces of addresses, which Python compares and curl does not.
    /// </summary>
    private static bool IsHalfAnAddress(string name) => name[(name.LastIndexOf('.') + 1)..].All(char.IsAsciiDigit);

    private static Func<string, IPAddress?, bool>? Block(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (Literal(text[..slash]) is not IPAddress network
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int bits))
        {
            return null;
        }

        byte[] wanted = network.GetAddressBytes();
        return bits > wanted.Length * 8 ? null : (_, address) => address is not null && HasPrefix(address.GetAddressBytes(), wanted, bits);
    }

    private static bool HasPrefix(byte[] address, byte[] network, int bits)
    {
        return address.Length == network.Length
            && Enumerable.Range(0, bits).All(bit => ((address[bit / 8] ^ network[bit / 8]) & (0x80 >> (bit % 8))) == 0);
    }

    /// <summary>An address; one of IPv4 in the clothes of IPv6 is one of IPv4, and a zone does not count.</summary>
    private static IPAddress? Literal(string host)
    {
        if (!(host.Contains(':', StringComparison.Ordinal) || host.Count(c => c == '.') == 3)
            || !IPAddress.TryParse(host, out IPAddress? address))
        {
            return null;
        }

        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
            : address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? new IPAddress(address.GetAddressBytes())
            : address;
    }

    private static string? Ascii(string name)
    {
        try
        {
            string ascii = Idn.GetAscii(name);
            return ascii.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') ? ascii : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private sealed record Rule(string? Scheme, int? Port, Func<string, IPAddress?, bool> Fits);
}
