using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace HubCache.Hub;

/// <summary>Gets JSON from the Hub's own pages.</summary>
/// <param name="connection">Sends the requests.</param>
/// <param name="patience">How long an answer may take to begin.</param>
/// <param name="idle">How long it may then stay without a byte.</param>
internal sealed class ApiClient(HubConnection connection, TimeSpan patience, TimeSpan idle)
{
    public Uri Endpoint => connection.Endpoint;

    /// <summary>One GET, redirects within the endpoint's host followed (renamed repos).</summary>
    /// <returns>Null when the Hub knows no such page, which says nothing of the repo.</returns>
    /// <exception cref="TransientException">No answer, or one that may be better next time.</exception>
    /// <exception cref="HubCacheException">The Hub's own refusals, or <see cref="HubErrorCode.HubProtocolError"/>.</exception>
    public async Task<ApiAnswer?> GetAsync(Uri address, RepoId repo, Revision revision, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        Uri start = address;
        bool mayCarryToken = true;
        for (int hops = 0; hops <= Redirects.Most; hops++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using HttpResponseMessage response = await connection
                .SendAsync(request, mayCarryToken, patience - Stopwatch.GetElapsedTime(began), cancellationToken)
                .ConfigureAwait(false);
            if (!Redirects.IsOne(response))
            {
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    return await ReadAsync(response, cancellationToken).ConfigureAwait(false);
                }

                Exception error = HubErrors.FromAnswer(response, repo, revision, file: null, connection.HasToken);
                return response.StatusCode == HttpStatusCode.NotFound && error is HubCacheException { Code: HubErrorCode.HubProtocolError }
                    ? null
                    : throw error;
            }

            Uri next = Redirects.Next(response, Endpoint);
            if (!HubAddress.StaysOnHost(Endpoint, next) && !HubAddress.SameOrigin(next, address) && !Redirects.LeadsToHub(response, next))
            {
                throw HubErrors.Nonsense(address, "it sends us to another host");
            }

            mayCarryToken &= HubAddress.SameOrigin(next, Endpoint);
            address = next;
        }

        throw Redirects.TooMany(start);
    }

    private async Task<ApiAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        Uri address = response.RequestMessage!.RequestUri!;
        if (!HubHeaders.IsIdentity(response))
        {
            throw HubErrors.Nonsense(address, "asked for plain text, it sends it coded");
        }

        ReadOnlyMemory<byte> body = await BoundedBody.ReadAsync(response, idle, cancellationToken).ConfigureAwait(false);
        Uri? next = Next(response, address);
        try
        {
            return new ApiAnswer(JsonDocument.Parse(body), address, next, body.Length);
        }
        catch (JsonException)
        {
            throw HubErrors.Nonsense(address, "the answer is no JSON");
        }
    }

    /// <summary>
    /// The next page, if there is one, asked for at the endpoint: a mirror may pass on the Hub's own address, where the token must not go.
    /// </summary>
    private Uri? Next(HttpResponseMessage response, Uri address)
    {
        if (HubHeaders.NextPage(response) is not string link)
        {
            return null;
        }

        Uri? next = HubAddress.Target(address, link);
        return next is null ? throw HubErrors.Nonsense(address, "its next page is nowhere")
            : HubAddress.StaysOnHost(Endpoint, next)
                ? (HubAddress.LacksPrefix(Endpoint, next.AbsolutePath) ? HubAddress.AtEndpoint(Endpoint, next.PathAndQuery) : next)
            : HubAddress.IsKnownHub(next) || HubAddress.SameOrigin(next, address) ? HubAddress.AtEndpoint(Endpoint, next.PathAndQuery)
            : throw HubErrors.Nonsense(address, "its next page lies on another host");
    }
}

/// <summary>An answer in JSON.</summary>
internal sealed class ApiAnswer(JsonDocument document, Uri address, Uri? next, long length) : IDisposable
{
    public JsonElement Json => document.RootElement;

    /// <summary>Where it came from, redirects followed.</summary>
    public Uri Address => address;

    /// <summary>The page behind it; null when there is none.</summary>
    public Uri? Next => next;

    /// <summary>Bytes.</summary>
    public long Length => length;

    public void Dispose() => document.Dispose();
}
