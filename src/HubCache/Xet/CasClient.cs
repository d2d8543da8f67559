using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using HubCache.Hub;
using HubCache.Names;

namespace HubCache.Xet;

/// <summary>Asks Xet's service how parts of files are put together. A few questions at a time: their number is limited there.</summary>
internal sealed class CasClient(HubConnection connection, TimeSpan patience, TimeSpan idle) : IDisposable
{
    private const int MostAtOnce = 4;

    private readonly SemaphoreSlim _turn = new(MostAtOnce);
    private readonly ConcurrentDictionary<string, bool> _oldServices = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Asks for a part of a file.</summary>
    /// <param name="tokens">For the file's repo and commit.</param>
    /// <param name="file">The file's Xet hash.</param>
    /// <param name="part">What is wanted, inside the file.</param>
    /// <param name="fileLength">Bytes in the whole file, as the Hub says it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TransientException">No answer, or one that may be better next time.</exception>
    /// <exception cref="HubCacheException">The service refuses.</exception>
    public async Task<Reconstruction> AskAsync(
        XetTokenSource tokens, XetHash file, Extent part, long fileLength, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            XetAccess access = await tokens.GetAsync(rejected: null, cancellationToken).ConfigureAwait(false);
            try
            {
                return await AskEitherAsync(access, file, part, fileLength, cancellationToken).ConfigureAwait(false);
            }
            catch (TokenRejectedException)
            {
                // Whatever the clock says: a token may be taken back.
                access = await tokens.GetAsync(access, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                return await AskEitherAsync(access, file, part, fileLength, cancellationToken).ConfigureAwait(false);
            }
            catch (TokenRejectedException)
            {
                throw XetErrors.Refused(access.Service, 401, "it does not take the token that the Hub just gave for it");
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Version 2; version 1 where the service has no other.</summary>
    private async Task<Reconstruction> AskEitherAsync(
        XetAccess access, XetHash file, Extent part, long fileLength, CancellationToken cancellationToken)
    {
        string service = access.Service.AbsoluteUri;
        if (!_oldServices.ContainsKey(service)
            && await TryAskAsync(access, isOld: false, file, part, fileLength, cancellationToken).ConfigureAwait(false)
                is Reconstruction known)
        {
            return known;
        }

        Reconstruction old = await TryAskAsync(access, isOld: true, file, part, fileLength, cancellationToken).ConfigureAwait(false)
            ?? throw XetErrors.Refused(access.Service, 404, $"it knows no file {file}");

        // Only now: of a file that it does not have, it says the same.
        _oldServices.TryAdd(service, true);
        return old;
    }

    /// <summary>Null when the service has no such page or no such file.</summary>
    private async Task<Reconstruction?> TryAskAsync(
        XetAccess access, bool isOld, XetHash file, Extent part, long fileLength, CancellationToken cancellationToken)
    {
        var address = new Uri($"{access.Service.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{(isOld ? "v1" : "v2")}/reconstructions/{file}");
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", access.Token);
        request.Headers.Range = new RangeHeaderValue(part.Start, part.End - 1);
        using HttpResponseMessage response =
            await connection.SendAsync(request, mayCarryToken: false, patience, cancellationToken).ConfigureAwait(false);
        string id = XetErrors.RequestId(response, access.Token);
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK or HttpStatusCode.PartialContent:
                return await ReadAsync(response, isOld, part, fileLength, id, cancellationToken).ConfigureAwait(false);
            case HttpStatusCode.NotFound:
            case HttpStatusCode.NotImplemented when !isOld:
                return null;
            case HttpStatusCode.Unauthorized:
                throw new TokenRejectedException();
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                throw new TransientException(XetErrors.Nonsense(address, string.Create(
                    CultureInfo.InvariantCulture, $"it says that the file ends before byte {part.Start}, and it has {fileLength}{id}")));
            case HttpStatusCode.TooManyRequests:
                throw HubErrors.RateLimited(response);
            case HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError:
                throw HubErrors.ServerError(response);
            default:
                throw XetErrors.Refused(address, (int)response.StatusCode, $"it was asked how file {file} is put together{id}");
        }
    }

    private async Task<Reconstruction> ReadAsync(
        HttpResponseMessage response, bool isOld, Extent part, long fileLength, string id, CancellationToken cancellationToken)
    {
        Uri address = response.RequestMessage!.RequestUri!;
        if (!HubHeaders.IsIdentity(response))
        {
            throw new TransientException(XetErrors.Nonsense(address, $"asked for plain text, it sends it coded{id}"));
        }

        ReadOnlyMemory<byte> body = await BoundedBody.ReadAsync(response, idle, cancellationToken).ConfigureAwait(false);
        try
        {
            return ReconstructionJson.Read(body, isOld, part, fileLength);
        }
        catch (XetFormatException e)
        {
            throw new TransientException(XetErrors.Nonsense(address, $"in its reconstruction {e.Message}{id}"));
        }
    }

    private sealed class TokenRejectedException : Exception;
}
