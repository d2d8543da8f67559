using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace HubCache.Hub.Network;

/// <summary>Says why a server's certificate is not trusted.</summary>
internal static class CertificateCheck
{
    private const int LongestName = 100;

    /// <summary>Passes what .NET found to be good.</summary>
    /// <exception cref="UntrustedCertificateException">It is not.</exception>
    public static bool Pass(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        return errors == SslPolicyErrors.None ? true
            : throw new UntrustedCertificateException(
                (sender as SslStream)?.TargetHostName ?? string.Empty, Reason(certificate, chain, errors));
    }

    private static string Reason(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "it sends none";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            X509ChainStatusFlags flags = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
            return flags.HasFlag(X509ChainStatusFlags.UntrustedRoot) || flags.HasFlag(X509ChainStatusFlags.PartialChain)
                ? $"its authority is not known here (issued by {Shown(certificate.Issuer)})"
                : flags.HasFlag(X509ChainStatusFlags.NotTimeValid)
                    ? $"it is valid from {Day(certificate.GetEffectiveDateString())} to "
                        + $"{Day(certificate.GetExpirationDateString())}, not now"
                : flags.HasFlag(X509ChainStatusFlags.Revoked) ? "it has been revoked"
                : $"the system does not accept its chain ({flags})";
        }

        return $"it is for another host ({Shown(certificate.Subject)})";
    }

    private static string Day(string local)
        => DateTime.TryParse(local, out DateTime time)
            ? time.ToUniversalTime().ToString("u", System.Globalization.CultureInfo.InvariantCulture)
            : "an unknown time";

    /// <summary>A name out of a certificate that nobody has vouched for.</summary>
    private static string Shown(string name)
    {
        string clean = string.Concat(
            name.Take(LongestName).Select(c => char.IsControl(c) || char.IsSurrogate(c) || c is > '\u2000' and < '\u2100' ? '?' : c));
        return $"'{clean}'";
    }
}

/// <summary>A server's certificate is not trusted.</summary>
/// <param name="host">The host as TLS asked for it: the Hub, the storage, or the proxy.</param>
/// <param name="reason">Half a sentence about the certificate.</param>
internal sealed class UntrustedCertificateException(string host, string reason) : AuthenticationException(reason)
{
    public string Host { get; } = host;

    public string Reason { get; } = reason;
}
