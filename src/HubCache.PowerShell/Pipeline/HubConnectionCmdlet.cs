using System.Management.Automation;
using System.Net;
using System.Security;

namespace HubCache.PowerShell;

/// <summary>What the cmdlets that ask the Hub share: where it is, who asks, and how patiently.</summary>
public abstract class HubConnectionCmdlet : HubCmdlet
{
    private protected HubConnectionCmdlet()
    {
    }

    /// <summary><para type="description">The Hub's address. The token goes to this origin only.</para></summary>
    [Parameter]
    [AddressText]
    [ArgumentCompleter(typeof(EndpointCompleter))]
    public Uri? Endpoint { get; set; }

    /// <summary>
    /// <para type="description">The access token. What the environment or a log-in left is used when it is not given; an empty one means
    /// none.</para>
    /// </summary>
    [Parameter]
    [Secret]
    public SecureString? Token { get; set; }

    /// <summary><para type="description">The proxy, in place of the system's.</para></summary>
    [Parameter]
    [AddressText]
    public Uri? Proxy { get; set; }

    /// <summary><para type="description">The credential for the proxy.</para></summary>
    [Parameter]
    [Credential]
    [ValidateNotNull]
    public PSCredential? ProxyCredential { get; set; }

    /// <summary><para type="description">Answers from the cache alone.</para></summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    /// <summary><para type="description">Retries without progress before a transfer gives up.</para></summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int MaximumRetryCount { get; set; } = HubOptions.UsualRetryCount;

    /// <summary>
    /// <para type="description">The longest pause that is waited for when the Hub asks for it. A longer one ends the call at once.</para>
    /// </summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int MaximumWaitSeconds { get; set; } = HubOptions.UsualLongestWaitSeconds;

    /// <summary><para type="description">How long a connection, or an answer about a file, may take.</para></summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int ConnectionTimeoutSeconds { get; set; }

    /// <summary><para type="description">How long a transfer may stay without a single byte.</para></summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int OperationTimeoutSeconds { get; set; }

    /// <summary>What the environment says, beaten by the parameters that were given.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>.</exception>
    private protected virtual HubOptions Options(string? cacheFolder)
    {
        HubOptions options = HubEnvironment.Read(
            cacheFolder,
            Endpoint is null ? null : HubEnvironment.ParseEndpoint(Endpoint.OriginalString, "-Endpoint"),
            Seconds(ConnectionTimeoutSeconds),
            Seconds(OperationTimeoutSeconds),
            Location);
        TellWhatIsTrusted(options.Certificates);
        options = options with
        {
            Token = Token is null ? options.Token : PlainText(Token),
            Proxy = Proxy ?? options.Proxy,
            ProxyCredential = ProxyCredential?.GetNetworkCredential() ?? options.ProxyCredential,
            Offline = MyInvocation.BoundParameters.ContainsKey(nameof(Offline)) ? Offline : options.Offline,
            MaximumRetryCount = MaximumRetryCount,
            LongestWait = TimeSpan.FromSeconds(MaximumWaitSeconds),
        };
        if (Token is null && !options.Offline && options.TokenFault is string fault)
        {
            WarnOnce(fault);
        }

        return options;
    }

    private void TellWhatIsTrusted(CertificateSource? source)
    {
        // Python's and curl's own variables: not everybody knows that they count here as well.
        if (source?.Paths[0] is { Variable: not ("SSL_CERT_FILE" or "SSL_CERT_DIR") } path)
        {
            WriteVerbose(
                $"{path.Variable} says which certificates are trusted, '{path.Path}': SSL_CERT_FILE and SSL_CERT_DIR are not set.");
        }
    }

    private static TimeSpan? Seconds(int seconds) => seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;

    private static string? PlainText(SecureString secret)
        => secret.Length == 0 ? null : new NetworkCredential(string.Empty, secret).Password;
}
