namespace HubCache.Hub.Network;

/// <summary>
/// Lets one request alone find out whether a proxy takes us, before others follow: eight at once with a wrong password lock an account.
/// What it refuses once is not asked of it again.
/// </summary>
internal sealed class FirstContact : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private volatile HubCacheException? _refusal;
    private volatile bool _isMade;

    /// <summary>Sends a request by way of the proxy.</summary>
    /// <param name="send">Sends it.</param>
    /// <param name="refusal">The proxy's refusal of all requests that an answer stands for; null for an answer of another kind.</param>
    /// <param name="cancellationToken">Ends the wait for those before it.</param>
    /// <exception cref="HubCacheException">The proxy refused an earlier one.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        Func<Task<HttpResponseMessage>> send, Func<HttpResponseMessage, HubCacheException?> refusal, CancellationToken cancellationToken)
    {
        if (_isMade)
        {
            return await TryAsync(send, refusal).ConfigureAwait(false);
        }

        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await TryAsync(send, refusal).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<HttpResponseMessage> TryAsync(
        Func<Task<HttpResponseMessage>> send, Func<HttpResponseMessage, HubCacheException?> refusal)
    {
        if (_refusal is HubCacheException known)
        {
            throw known;
        }

        try
        {
            HttpResponseMessage response = await send().ConfigureAwait(false);
            _refusal = refusal(response);
            _isMade = _refusal is null;
            return response;
        }
        catch (HubCacheException error) when (error.Code == HubErrorCode.ProxyRefused)
        {
            _refusal = error;
            throw;
        }
    }
}
