using System.Net;
using System.Net.Http.Headers;

namespace HubCache.Hub;

/// <summary>Sends single requests: the token to the endpoint's own origin only, no redirect followed, no coding undone.</summary>
internal sealed class HubConnection : IDisposable
{
    private static readonly string UserAgent = $"HubCache/{typeof(HubConnection).Assembly.GetName().Version?.ToString(3)}";

    private readonly HubOptions _options;
    private readonly HttpClient _client;

    /// <summary>Sets up a connection; nothing is sent yet.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.TokenInvalid"/>: the token cannot be sent in a header.</exception>
    public HubConnection(HubOptions options)
    {
        // .NET's own error for such a header would repeat it.
        if (options.Token?.All(c => c is > ' ' and < (char)127) == false)
        {
            throw new HubCacheException(
                HubErrorCode.TokenInvalid, "The token has characters that no token has.", options.Endpoint.Host, "Copy the token again, without spaces and line breaks.");
        }

        _options = options;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = options.ConnectionTimeout,
            ActivityHeadersPropagator = null,

            // An answer that is not wanted is cut off; draining it would cost the bandwidth that the leader rule saves.
            MaxResponseDrainSize = 0,
        };
        if (options.Proxy is not null)
        {
            handler.Proxy = new WebProxy(options.Proxy) { Credentials = options.ProxyCredential };
        }
        else if (options.ProxyCredential is not null)
        {
            handler.DefaultProxyCredentials = options.ProxyCredential;
        }

        _client = new HttpClient(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public Uri Endpoint => _options.Endpoint;

    public bool HasToken => _options.Token is not null;

    /// <summary>Sends one request and waits for the headers of its answer.</summary>
    /// <param name="request">The request; disposed by the caller with the response.</param>
    /// <param name="mayCarryToken">False once a redirect has led away from the endpoint's origin.</param>
    /// <param name="patience">How long the headers may take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TransientException">No answer, or none in time.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, bool mayCarryToken, TimeSpan patience, CancellationToken cancellationToken)
    {
        Uri address = request.RequestUri!;
        if (mayCarryToken && _options.Token is not null && HubAddress.SameOrigin(address, Endpoint))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Token);
        }

        request.Headers.AcceptEncoding.ParseAdd("identity");
        request.Headers.UserAgent.ParseAdd(UserAgent);
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        clock.CancelAfter(patience > TimeSpan.Zero ? patience : TimeSpan.Zero);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, clock.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HubErrors.TooSlow(address, "no answer in time");
        }
        catch (HttpRequestException e)
        {
            throw HubErrors.NoAnswer(address, e);
        }
    }

    public void Dispose() => _client.Dispose();
}
