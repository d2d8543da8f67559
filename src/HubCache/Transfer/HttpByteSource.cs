using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using HubCache.Hub;

namespace HubCache.Transfer;

/// <summary>What a byte source needs to know of its file.</summary>
internal sealed record ByteRequest(RepoType Type, RepoId Repo, HubFileName File, FileMetadata Metadata);

/// <summary>Gives the bytes of one file over HTTP: redirects, ranges and validators by the book (RFC 9110 sections 13 and 14).</summary>
internal sealed partial class HttpByteSource(HubConnection connection, ByteRequest file, TimeSpan patience) : IByteSource, IDisposable
{
    // One wrong range may be a passing fault of one server; two are its habit.
    private const int MostWrongRanges = 2;

    // Whatever else a header holds is not repeated: a proxy may have put the request's own headers there.
    private static readonly string[] KnownCodings = ["gzip", "deflate", "br", "zstd"];

    private readonly long _length = file.Metadata.Length;
    private readonly Revision _commit = Revision.Of(file.Metadata.Commit);
    private readonly SemaphoreSlim _oneAsksTheHub = new(1);
    private Place? _location = file.Metadata.Location is Uri elsewhere ? new Place(elsewhere, MayCarryToken: false) : null;
    private Validator? _validator;
    private bool _hubServesIt;
    private int _wrongRanges;
    private long _roundTripTicks;

    public TimeSpan RoundTrip => TimeSpan.FromTicks(Interlocked.Read(ref _roundTripTicks));

    public CutRules Cuts => CutRules.Anywhere;

    public void Dispose() => _oneAsksTheHub.Dispose();

    public long CutNear(long start, long length) => Math.Min(start + length, _length);

    public void Forget()
    {
        _location = null;
        _validator = null;
        _hubServesIt = false;
    }

    public async Task<ByteAnswer> OpenAsync(long start, long? count, CancellationToken cancellationToken)
    {
        if (_wrongRanges >= MostWrongRanges)
        {
            if (start > 0)
            {
                _validator = null;
                throw new StartOverException(HubErrors.Nonsense(Resolve(), "it answers ranges wrongly"));
            }

            count = null;
        }

        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (_location is Place known)
            {
                if (await TryOpenAsync(known, fromMemory: true, start, count, began, cancellationToken).ConfigureAwait(false)
                    is ByteAnswer answer)
                {
                    return answer;
                }

                // A signed link that has run out: the Hub gives a new one. Perhaps it has meanwhile, to another connection.
                Interlocked.CompareExchange(ref _location, null, known);
            }

            if (_hubServesIt)
            {
                return (await TryOpenAsync(Hub(), fromMemory: false, start, count, began, cancellationToken).ConfigureAwait(false))!;
            }

            await _oneAsksTheHub.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (_location is null)
                {
                    return (await TryOpenAsync(Hub(), fromMemory: false, start, count, began, cancellationToken).ConfigureAwait(false))!;
                }
            }
            finally
            {
                _oneAsksTheHub.Release();
            }
        }
    }

    /// <summary>Asks at an address and wherever it leads. Null when a remembered one does not serve the file any more.</summary>
    private async Task<ByteAnswer?> TryOpenAsync(
        Place place, bool fromMemory, long start, long? count, long began, CancellationToken cancellationToken)
    {
        (Uri address, bool mayCarryToken) = place;
        bool isLedOn = fromMemory;
        for (int hops = 0; hops <= Redirects.Most; hops++)
        {
            long asked = Stopwatch.GetTimestamp();
            HttpResponseMessage response = await SendAsync(
                address, start, count, mayCarryToken, patience - Stopwatch.GetElapsedTime(began), cancellationToken).ConfigureAwait(false);
            Interlocked.Exchange(ref _roundTripTicks, Stopwatch.GetElapsedTime(asked).Ticks);
            try
            {
                if (Redirects.IsOne(response))
                {
                    address = Redirects.Next(response, connection.Endpoint);
                    mayCarryToken &= HubAddress.SameOrigin(address, connection.Endpoint);
                    isLedOn = true;
                    response.Dispose();
                    continue;
                }

                if (fromMemory && (int)response.StatusCode is >= 400 and < 500 and not (408 or 416 or 429))
                {
                    response.Dispose();
                    return null;
                }

                ByteAnswer answer = await CheckAsync(response, start, count, cancellationToken).ConfigureAwait(false);
                _hubServesIt = !isLedOn;
                _location = isLedOn ? new Place(address, mayCarryToken) : null;
                return answer;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }

        throw Redirects.TooMany(Resolve());
    }

    private Place Hub() => new(Resolve(), MayCarryToken: true);

    private Uri Resolve() => HubAddress.Resolve(connection.Endpoint, file.Type, file.Repo, _commit, file.File);

    private async Task<HttpResponseMessage> SendAsync(
        Uri address, long start, long? count, bool mayCarryToken, TimeSpan left, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (start > 0 || count is not null)
        {
            request.Headers.Range = new RangeHeaderValue(start, count is null ? null : Math.Min(start + count.Value, _length) - 1);
            if (start > 0 && _validator is { } validator && HubAddress.SameOrigin(validator.Origin, address))
            {
                request.Headers.TryAddWithoutValidation("If-Range", validator.ETag);
            }
        }

        return await connection.SendAsync(request, mayCarryToken, left, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ByteAnswer> CheckAsync(HttpResponseMessage response, long start, long? count, CancellationToken cancellationToken)
    {
        Uri address = response.RequestMessage!.RequestUri!;
        long end = response.StatusCode switch
        {
            HttpStatusCode.OK => CheckWhole(response, address),
            HttpStatusCode.PartialContent when start > 0 || count is not null => CheckPart(response, address, start, count),
            HttpStatusCode.RequestedRangeNotSatisfiable => throw RangeRefused(address),
            _ => throw Refused(response, address),
        };
        Remember(response, address, isFirst: start == 0);
        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        bool isPart = response.StatusCode == HttpStatusCode.PartialContent;
        return new ByteAnswer(body, address, isPart ? start : 0, end, response.Content.Headers.ContentLength is not null, response);
    }

    private long CheckWhole(HttpResponseMessage response, Uri address)
    {
        CheckCoding(response, address);
        long? declared = response.Content.Headers.ContentLength;
        bool isHtml = HubHeaders.Get(response, "Content-Type")?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true;
        if (declared == _length)
        {
            return _length;
        }

        if (isHtml
            && !file.File.Value.EndsWith(".html", StringComparison.OrdinalIgnoreCase)
            && !file.File.Value.EndsWith(".htm", StringComparison.OrdinalIgnoreCase))
        {
            throw new TransientException(HubErrors.Nonsense(address, "it sends a web page in place of the file"));
        }

        return declared is null
            ? _length
            : throw new TransientException(HubErrors.Nonsense(
                address, string.Create(CultureInfo.InvariantCulture, $"it sends {declared} bytes, the file has {_length}")));
    }

    private long CheckPart(HttpResponseMessage response, Uri address, long start, long? count)
    {
        CheckCoding(response, address);
        string text = HubHeaders.Get(response, "Content-Range") ?? string.Empty;
        Match range = ContentRange().Match(text);
        bool isRight = range.Success
            && HubHeaders.Length(range.Groups["total"].Value) == _length
            && HubHeaders.Length(range.Groups["first"].Value) == start
            && HubHeaders.Length(range.Groups["last"].Value) is long last
            && last >= start && last < Math.Min(_length, start + (count ?? _length))
            && (response.Content.Headers.ContentLength is not long declared || declared == last - start + 1);
        if (!isRight)
        {
            Interlocked.Increment(ref _wrongRanges);
            throw new TransientException(HubErrors.Nonsense(
                address, string.Create(
                    CultureInfo.InvariantCulture,
                    $"asked for bytes from {start} of {_length} on, it answers with "
                        + $"{(range.Success ? $"'{text}'" : "none that can be read")}")));
        }

        if (start > 0
            && _validator is { } validator
            && StrongETag(response) is string etag
            && etag != validator.ETag
            && HubAddress.SameOrigin(validator.Origin, address))
        {
            Forget();
            throw new StartOverException(HubErrors.Nonsense(address, "the file changed during the download"));
        }

        return HubHeaders.Length(range.Groups["last"].Value)!.Value + 1;
    }

    private static void CheckCoding(HttpResponseMessage response, Uri address)
    {
        if (!HubHeaders.IsIdentity(response))
        {
            string coding = HubHeaders.Get(response, "Content-Encoding")!.ToLowerInvariant();
            throw new TransientException(HubErrors.Nonsense(
                address,
                $"asked for plain bytes, it sends them coded as {(KnownCodings.Contains(coding) ? coding : "something unknown")}"));
        }
    }

    private StartOverException RangeRefused(Uri address)
    {
        // Its file is shorter than the Hub says; asked for the whole, it has to show how long.
        Forget();
        _wrongRanges = MostWrongRanges;
        return new StartOverException(HubErrors.Nonsense(address, "it says that the file ends before its known length (416)"));
    }

    private Exception Refused(HttpResponseMessage response, Uri address)
    {
        if (HubAddress.SameOrigin(address, connection.Endpoint))
        {
            return HubErrors.FromAnswer(response, file.Repo, _commit, file.File, connection.HasToken);
        }

        return response.StatusCode switch
        {
            HttpStatusCode.TooManyRequests => HubErrors.RateLimited(response),
            HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => HubErrors.ServerError(response),
            _ => new TransientException(HubErrors.Nonsense(
                address, string.Create(
                    CultureInfo.InvariantCulture, $"the storage refuses the link that the Hub just gave ({(int)response.StatusCode})"))),
        };
    }

    private void Remember(HttpResponseMessage response, Uri address, bool isFirst)
    {
        // The first one stays: it is what all bytes of this download have to belong to.
        if (isFirst || _validator is null)
        {
            _validator = StrongETag(response) is string etag ? new Validator(address, etag) : null;
        }
    }

    private static string? StrongETag(HttpResponseMessage response)
    {
        string? etag = HubHeaders.Get(response, "ETag");
        return etag?.StartsWith('"') == true ? etag : null;
    }

    private sealed record Validator(Uri Origin, string ETag);

    /// <summary>Where bytes are asked for. A token that was dropped on the way there stays dropped.</summary>
    private sealed record Place(Uri Address, bool MayCarryToken);

    [GeneratedRegex(@"\Abytes (?<first>\d+)-(?<last>\d+)/(?<total>\d+)\z", RegexOptions.IgnoreCase)]
    private static partial Regex ContentRange();
}
