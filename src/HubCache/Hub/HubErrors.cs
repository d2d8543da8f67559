using System.Globalization;
using HubCache.Hub.Network;

namespace HubCache.Hub;

/// <summary>Turns what the Hub or the network answered into errors that say what to do.</summary>
internal static class HubErrors
{
    /// <summary>The error for an answer of the Hub's own origin that is neither a success nor a redirect.</summary>
    /// <returns>A <see cref="TransientException"/> when another attempt may fare better, else a <see cref="HubCacheException"/>.</returns>
    /// <param name="response">The answer.</param>
    /// <param name="repo">The repo that was asked for.</param>
    /// <param name="revision">Its revision.</param>
    /// <param name="file">The file; null when a page about the repo was asked for. That this is missing is
    /// <see cref="HubErrorCode.HubProtocolError"/>.</param>
    /// <param name="withToken">Whether a token was sent.</param>
    public static Exception FromAnswer(HttpResponseMessage response, RepoId repo, Revision revision, HubFileName? file, bool withToken)
    {
        Uri address = response.RequestMessage!.RequestUri!;
        switch (AnswerClassifier.Classify(AnswerFacts.Of(response, withToken)))
        {
            case AnswerKind.RepoNotFound:
                return RepoNotFound(repo, withToken);
            case AnswerKind.RevisionNotFound:
                return RevisionNotFound(repo, revision);
            case AnswerKind.FileNotFound when file is not null:
                return FileNotFound(repo, revision, file);
            case AnswerKind.BareNotFound when file is not null:
                return Nonsense(
                    address,
                    "it says 404 without the error code by which a Hub says what is missing, so that a proxy or a mirror may have said it");
            case AnswerKind.TokenInvalid:
                return TokenInvalid(repo);
            case AnswerKind.LoginWanted:
                return LoginWanted(address);
            case AnswerKind.ProxyLogin or AnswerKind.ProxyBlocks:
                return NetworkErrors.ProxyRefused(address, HubConnection.ProxyOf(response), response.StatusCode);
            case AnswerKind.RateLimited:
                return RateLimited(response);
            case AnswerKind.ServerError:
                return ServerError(response);
            case AnswerKind kind
                and (AnswerKind.GatedRepo or AnswerKind.AccessRefused or AnswerKind.RepoDisabled or AnswerKind.LegalReasons):
                return NoAccess(kind, repo, withToken);
            default:
                return Nonsense(address, string.Create(CultureInfo.InvariantCulture, $"the answer is {(int)response.StatusCode}"));
        }
    }

    /// <summary>The error for 429.</summary>
    public static TransientException RateLimited(HttpResponseMessage response)
    {
        TimeSpan? pause = HubHeaders.Pause(response);
        string wait = pause is { } p
            ? string.Create(CultureInfo.InvariantCulture, $" It asks to wait {Math.Ceiling(p.TotalSeconds):0} seconds, until {When(p)}.")
            : string.Empty;
        return new TransientException(
            new HubCacheException(
                HubErrorCode.RateLimited,
                $"{response.RequestMessage!.RequestUri!.Host} takes no more requests from here for now (429).{wait}",
                HubAddress.ForPeople(response.RequestMessage.RequestUri),
                "Try again then, with a token (its limits are higher), or with fewer machines at once; -MaximumWaitSeconds says how long "
                    + "to wait for."),
            pause);
    }

    /// <summary>The error for 408 and 5xx.</summary>
    public static TransientException ServerError(HttpResponseMessage response)
    {
        Uri address = response.RequestMessage!.RequestUri!;
        return new TransientException(
            new HubCacheException(
                HubErrorCode.HubUnreachable,
                string.Create(CultureInfo.InvariantCulture, $"{address.Host} answers with a server error ({(int)response.StatusCode})."),
                HubAddress.ForPeople(address),
                "Try again later; -MaximumRetryCount lengthens the patience. What is cached can be had with -Offline."),
            HubHeaders.Pause(response));
    }

    /// <summary>The error when the connection was made and then nothing, or next to nothing, came.</summary>
    public static TransientException TooSlow(Uri address, string what)
    {
        return new TransientException(new HubCacheException(
            HubErrorCode.TransferTimeout,
            $"{address.Host} is too slow: {what}.",
            HubAddress.ForPeople(address),
            "Try again later, or be more patient with -OperationTimeoutSeconds, -ConnectionTimeoutSeconds or -MaximumRetryCount."));
    }

    /// <summary>The error for an answer that no Hub gives.</summary>
    public static HubCacheException Nonsense(Uri address, string what)
    {
        return new HubCacheException(
            HubErrorCode.HubProtocolError,
            $"{HubAddress.ForPeople(address)} does not answer as a Hub does: {what}.",
            HubAddress.ForPeople(address),
            "Check HF_ENDPOINT or -Endpoint, and whether a proxy or a log-in page of the network stands in between.");
    }

    /// <summary>The error when the revision has no such file.</summary>
    public static HubCacheException FileNotFound(RepoId repo, Revision revision, HubFileName file)
    {
        return new HubCacheException(
            HubErrorCode.HubFileNotFound,
            $"The repo '{repo}' has no file '{file}' at '{revision}'.",
            file.Value,
            "Check the name on the repo's page: folders and upper and lower case count.");
    }

    // A server may ask for a wait of millennia.
    private static string When(TimeSpan pause)
        => pause < TimeSpan.FromDays(3650)
            ? (DateTimeOffset.UtcNow + pause).ToString("u", CultureInfo.InvariantCulture)
            : "further than anybody waits";

    private static HubCacheException NoAccess(AnswerKind kind, RepoId repo, bool withToken) => kind switch
    {
        AnswerKind.GatedRepo => new HubCacheException(
            HubErrorCode.GatedRepo,
            $"The repo '{repo}' is gated, and {(withToken ? "this token has not been granted access" : "no token was sent")}.",
            repo.Value,
            "Ask for access on the repo's page, and pass a token of that account with -Token or in HF_TOKEN."),
        AnswerKind.RepoDisabled => new HubCacheException(
            HubErrorCode.RepoDisabled,
            $"The Hub has disabled the repo '{repo}' (403).",
            repo.Value,
            "See the repo's page for the reason. What is cached can be had with -Offline."),
        AnswerKind.LegalReasons => new HubCacheException(
            HubErrorCode.RepoDisabled,
            $"'{repo}' is not shown for legal reasons (451).",
            repo.Value,
            "See the repo's page for the reason. What is cached can be had with -Offline."),
        _ => new HubCacheException(
            HubErrorCode.GatedRepo,
            $"The Hub refuses access to '{repo}' (403).",
            repo.Value,
            "Check on the repo's page whether access has to be asked for, and whether the token has the permission to read it."),
    };

    private static HubCacheException RevisionNotFound(RepoId repo, Revision revision)
    {
        return new HubCacheException(
            HubErrorCode.RevisionNotFound,
            $"The repo '{repo}' has no revision '{revision}'.",
            revision.Value,
            "Check the branch, tag or commit on the repo's page; the usual branch is 'main'.");
    }

    private static HubCacheException TokenInvalid(RepoId repo)
    {
        return new HubCacheException(
            HubErrorCode.TokenInvalid,
            $"The Hub does not accept the token (asked for '{repo}').",
            repo.Value,
            "Make a new token in the settings of the account, or go without one: unset HF_TOKEN and remove the token file.");
    }

    private static HubCacheException LoginWanted(Uri address)
    {
        return new HubCacheException(
            HubErrorCode.HubProtocolError,
            $"{HubAddress.ForPeople(address)} wants a log-in (401), without the code or the message by which a Hub says what for.",
            HubAddress.ForPeople(address),
            "Where a mirror wants a token, pass it with -Token or in HF_TOKEN. Else check HF_ENDPOINT or -Endpoint, and whether a proxy "
                + "stands in between.");
    }

    private static HubCacheException RepoNotFound(RepoId repo, bool withToken)
    {
        return new HubCacheException(
            HubErrorCode.RepoNotFound,
            $"The Hub shows no repo '{repo}' {(withToken ? "to the owner of this token" : "to callers without a token")}.",
            repo.Value,
            "Check the id and -RepoType. A private or gated repo needs -Token or HF_TOKEN.");
    }
}
