using System.Net;
using System.Net.Http.Headers;
using HubCache.Hub.Network;

namespace HubCache.Hub;

/// <summary>Sends single requests: the token to the endpoint's own origin only, no redirect followed, no coding undone.</summary>
internal sealed class HubConnection : IDisposable
{
    private static readonly string UserAgent = $"HubCache/{typeof(HubConnection).Assembly.GetName().Version?.ToString(3)}";

    private static readonly HttpRequestOptionsKey<Uri> ProxyKey = new("HubCache.Proxy");

    private readonly HubOptions _options;
    private readonly ProxyRules _proxies;
    private readonly FirstContact _contact = new();
    private readonly Lazy<HttpClient> _client;

    /// <summary>Sets up a connection; nothing is sent yet.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.TokenInvalid"/>: the token cannot be sent in a header.</exception>
    public HubConnection(HubOptions options)
    {
        // .NET's own error for such a header would repeat it.
        if (options.Token?.All(c => c is > ' ' and < (char)127) == false)
        {
            throw new HubCacheException(
                HubErrorCode.TokenInvalid,
                "The token has characters that no token has.",
                options.Endpoint.Host,
                "Copy the token again, without spaces and line breaks.");
        }

        _options = options;
        _proxies = ProxyRules.Of(options.Proxy, options.ProxyCredential);
        _client = new Lazy<HttpClient>(NewClient);
    }

    /// <summary>The proxy that an answer came through, without a user; null for none.</summary>
    public static Uri? ProxyOf(HttpResponseMessage response)
        => response.RequestMessage?.Options.TryGetValue(ProxyKey, out Uri? proxy) == true ? proxy : null;

    public Uri Endpoint => _options.Endpoint;

    public bool HasToken => _options.Token is not null;

    /// <summary>Sends one request and waits for the headers of its answer.</summary>
    /// <param name="request">The request; disposed by the caller with the response.</param>
    /// <param name="mayCarryToken">False once a redirect has led away from the endpoint's origin.</param>
    /// <param name="patience">How long the headers may take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TransientException">No answer, or none in time.</exception>
    /// <exception cref="HubCacheException">
    /// No answer for good: <see cref="HubErrorCode.ProxyRefused"/>, <see cref="HubErrorCode.CertificateInvalid"/>; or
    /// <see cref="HubErrorCode.InvalidOption"/>: the environment names proxies or certificates that cannot be used.
    /// </exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, bool mayCarryToken, TimeSpan patience, CancellationToken cancellationToken)
    {
        Uri address = request.RequestUri!;
        if (mayCarryToken && _options.Token is not null && HubAddress.SameOrigin(address, Endpoint))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Token);
        }

        request.Headers.AcceptEncoding.ParseAdd("identity");
        request.Headers.UserAgent.ParseAdd(UserAgent);
        Uri? proxy = _proxies.For(address);
        if (proxy is not null)
        {
            request.Options.Set(ProxyKey, proxy);
        }

        using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        clock.CancelAfter(patience > TimeSpan.Zero ? patience : TimeSpan.Zero);
        try
        {
            Task<HttpResponseMessage> Send() => _client.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, clock.Token);
            return await (proxy is null ? Send() : SendAsync(Send, address, proxy, clock.Token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HubErrors.TooSlow(
                address, proxy is null ? "no answer in time" : $"no answer in time (through the proxy {proxy.Authority})");
        }
        catch (HttpRequestException e)
        {
            throw NetworkErrors.NoAnswer(address, e, proxy, _options.Certificates);
        }
    }

    public void Dispose()
    {
        _contact.Dispose();
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }
    }

    private Task<HttpResponseMessage> SendAsync(
        Func<Task<HttpResponseMessage>> send, Uri address, Uri proxy, CancellationToken cancellationToken)
    {
        return _contact.SendAsync(
            async () =>
            {
                try
                {
                    return await send().ConfigureAwait(false);
                }
                catch (HttpRequestException e) when (NetworkErrors.NoAnswer(address, e, proxy, _options.Certificates)
                    is HubCacheException error)
                {
                    throw error;
                }
            },
            response => response.StatusCode == HttpStatusCode.ProxyAuthenticationRequired
                ? NetworkErrors.ProxyRefused(address, proxy, response.StatusCode)
                : null,
            cancellationToken);
    }

    private HttpClient NewClient()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = _options.ConnectionTimeout,
            ActivityHeadersPropagator = null,
            Proxy = _proxies,

            // An answer that is not wanted is cut off; draining it would cost the bandwidth that the leader rule saves.
            MaxResponseDrainSize = 0,
        };
        var race = new ConnectionRace();
        handler.ConnectCallback = (context, cancellationToken) => race.ConnectAsync(context.DnsEndPoint, cancellationToken);
        handler.SslOptions.RemoteCertificateValidationCallback = CertificateCheck.Pass;
        if (_options.Certificates is CertificateSource trusted)
        {
            handler.SslOptions.CertificateChainPolicy = TrustedCertificates.Policy(trusted);
        }

        return new HttpClient(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
