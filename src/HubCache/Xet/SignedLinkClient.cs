using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using HubCache.Hub;

namespace HubCache.Xet;

/// <summary>The storage does not take a link: a new one may fare better.</summary>
/// <param name="error">What is reported when it does not.</param>
/// <param name="isExpired">Whether the link's time was over, which is nobody's fault.</param>
internal sealed class LinkRefusedException(HubCacheException error, bool isExpired) : Exception(error.Message, error)
{
    public HubCacheException Error => error;

    public bool IsExpired => isExpired;
}

/// <summary>Asks the storage for the bytes of a signed link, exactly as it was signed. It is shown no token of any kind.</summary>
internal sealed class SignedLinkClient(HubConnection connection, TimeSpan patience)
{
    private const int MostSaid = 4096;

    /// <summary>Asks for a range.</summary>
    /// <returns>The answer; its body has exactly the bytes of the range, or breaks.</returns>
    /// <exception cref="LinkRefusedException">403.</exception>
    /// <exception cref="TransientException">No answer, or one that may be better next time.</exception>
    /// <exception cref="HubCacheException">The xorb is gone.</exception>
    public async Task<HttpResponseMessage> OpenAsync(SignedRange range, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, range.Link);
        request.Headers.Range = new RangeHeaderValue(range.Bytes.Start, range.Bytes.End - 1);
        HttpResponseMessage response =
            await connection.SendAsync(request, mayCarryToken: false, patience, cancellationToken).ConfigureAwait(false);
        try
        {
            if (response.StatusCode == HttpStatusCode.PartialContent)
            {
                Check(response, range);
                return response;
            }

            throw await RefusalAsync(response, range, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>When a link's time is over, by its own <c>Expires</c> in seconds; null when it does not say.</summary>
    public static DateTimeOffset? ExpiryOf(Uri link)
    {
        const string Name = "Expires=";
        string? text =
            link.Query.TrimStart('?').Split('&').FirstOrDefault(part => part.StartsWith(Name, StringComparison.Ordinal))?[Name.Length..];
        return HubHeaders.Length(text) is long seconds and < uint.MaxValue ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
    }

    /// <summary>Whether a link's time is over, or soon will be; a link that does not say is taken to hold.</summary>
    public static bool IsExpired(Uri link, TimeSpan inAdvance)
        => ExpiryOf(link) is DateTimeOffset expiry && DateTimeOffset.UtcNow + inAdvance >= expiry;

    private static void Check(HttpResponseMessage response, SignedRange range)
    {
        ContentRangeHeaderValue? sent = response.Content.Headers.ContentRange;
        if (sent is null || sent.From != range.Bytes.Start || sent.To != range.Bytes.End - 1 || !HubHeaders.IsIdentity(response)
            || (response.Content.Headers.ContentLength is long length && length != range.Bytes.Length))
        {
            throw new TransientException(XetErrors.Nonsense(range.Link, string.Create(
                CultureInfo.InvariantCulture,
                $"asked for bytes {range.Bytes.Start}-{range.Bytes.End - 1} of xorb {range.Xorb}, it answers with other ones")));
        }
    }

    private static async Task<Exception> RefusalAsync(HttpResponseMessage response, SignedRange range, CancellationToken cancellationToken)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.Forbidden:
                bool isExpired = IsExpired(range.Link, TimeSpan.Zero);
                string said =
                    isExpired ? string.Empty : XetErrors.Said(await BeginningAsync(response, cancellationToken).ConfigureAwait(false));
                string why = isExpired ? "the link's time is over" : said.Length > 0 ? $"it says '{said}'" : "it does not say why";
                return new LinkRefusedException(XetErrors.Refused(range.Link, 403, $"asked for {range}, {why}"), isExpired);
            case HttpStatusCode.NotFound or HttpStatusCode.Gone:
                return XetErrors.Refused(range.Link, (int)response.StatusCode, $"xorb {range.Xorb} is gone");
            case HttpStatusCode.TooManyRequests:
                return HubErrors.RateLimited(response);
            case HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError:
                return HubErrors.ServerError(response);
            default:
                return new TransientException(XetErrors.Nonsense(range.Link, string.Create(
                    CultureInfo.InvariantCulture, $"asked for {range}, it answers {(int)response.StatusCode}")));
        }
    }

    private static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        clock.CancelAfter(TimeSpan.FromSeconds(2));
        byte[] text = new byte[MostSaid];
        try
        {
            Stream body = await response.Content.ReadAsStreamAsync(clock.Token).ConfigureAwait(false);
            int length = await body.ReadAtLeastAsync(text, text.Length, throwOnEndOfStream: false, clock.Token).ConfigureAwait(false);
            return Encoding.UTF8.GetString(text, 0, length);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return string.Empty;
        }
    }
}
