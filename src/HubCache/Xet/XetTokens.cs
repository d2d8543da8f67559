using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using HubCache.Hub;

namespace HubCache.Xet;

/// <summary>What opens Xet's service for one repo and commit. The text of the token is in no message.</summary>
internal sealed class XetAccess(string token, Uri service, TimeSpan lifetime)
{
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(1);

    private readonly long _given = Stopwatch.GetTimestamp();

    // A lifetime that is already over means that a clock is wrong; the service refuses the token when it has really expired.
    private readonly TimeSpan _useful = lifetime > 2 * Early ? lifetime - Early : Early;

    public string Token => token;

    /// <summary>Where reconstructions are asked for.</summary>
    public Uri Service => service;

    public bool IsFresh => Stopwatch.GetElapsedTime(_given) < _useful;
}

/// <summary>The tokens of a downloader: one for each repo and commit, asked for once however many files want it.</summary>
internal sealed class XetTokens(ApiClient hub)
{
    private readonly ConcurrentDictionary<(RepoType Type, RepoId Repo, CommitHash Commit), XetTokenSource> _sources = new();

    public XetTokenSource For(RepoType type, RepoId repo, CommitHash commit)
        => _sources.GetOrAdd((type, repo, commit), static (key, hub) => new XetTokenSource(hub, key.Type, key.Repo, key.Commit), hub);
}

/// <summary>Gets the token for one repo and commit from the Hub. The user's own token goes to the Hub only.</summary>
internal sealed class XetTokenSource(ApiClient hub, RepoType type, RepoId repo, CommitHash commit)
{
    private const int LongestText = 64_000;

    private readonly object _gate = new();
    private XetAccess? _current;
    private Task<XetAccess>? _asking;

    /// <summary>The token to use.</summary>
    /// <param name="rejected">One that the service did not take; null when there is none.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    /// <exception cref="TransientException">No answer, or one that may be better next time.</exception>
    /// <exception cref="HubCacheException">The Hub's refusals, or an answer that no Hub gives.</exception>
    public Task<XetAccess> GetAsync(XetAccess? rejected, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_current is { IsFresh: true } current && current != rejected)
            {
                return Task.FromResult(current);
            }

            // Shared by several callers: the cancellation of one does not end it for the others; it has a time-out of its own.
            if (_asking is null or { IsCompleted: true })
            {
                _asking = Task.Run(() => AskAsync(CancellationToken.None), CancellationToken.None);
            }

            return _asking.WaitAsync(cancellationToken);
        }
    }

    private async Task<XetAccess> AskAsync(CancellationToken cancellationToken)
    {
        Uri address = HubAddress.XetToken(hub.Endpoint, type, repo, commit);
        using ApiAnswer answer = await hub.GetAsync(address, repo, Revision.Of(commit), cancellationToken).ConfigureAwait(false)
            ?? throw HubErrors.Nonsense(address, "it has no token for Xet");
        JsonElement json = answer.Json;
        if (Text(json, "accessToken") is { Length: > 0 and <= LongestText } token && token.All(c => c is > ' ' and < (char)127)
            && Text(json, "casUrl") is { Length: <= LongestText } cas && Uri.TryCreate(cas, UriKind.Absolute, out Uri? service)
            && service.Scheme is "http" or "https" && service.UserInfo.Length == 0
            && json.TryGetProperty("exp", out JsonElement exp) && exp.ValueKind == JsonValueKind.Number && exp.TryGetInt64(out long until))
        {
            double left = until - (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0);
            var access = new XetAccess(token, service, TimeSpan.FromSeconds(Math.Clamp(left, 0, TimeSpan.FromDays(1).TotalSeconds)));
            lock (_gate)
            {
                return _current = access;
            }
        }

        throw HubErrors.Nonsense(address, "its token for Xet is not whole");
    }

    private static string? Text(JsonElement json, string name)
    {
        try
        {
            return json.ValueKind == JsonValueKind.Object
                && json.TryGetProperty(name, out JsonElement value)
                && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: JSON, but no text.
            return null;
        }
    }
}
