using System.Globalization;
using System.Net;
using System.Security.Authentication;
using HubCache.Names;

namespace HubCache.Hub;

/// <summary>Turns what the Hub or the network answered into errors that say what to do.</summary>
internal static class HubErrors
{
    private const string InvalidTokenMessage = "Invalid credentials in Authorization header";

    /// <summary>The error for an answer of the Hub's own origin that is neither a success nor a redirect.</summary>
    /// <returns>A <see cref="TransientException"/> when another attempt may fare better, else a <see cref="HubCacheException"/>.</returns>
    /// <param name="response">The answer.</param>
    /// <param name="repo">The repo that was asked for.</param>
    /// <param name="revision">Its revision.</param>
    /// <param name="file">The file; null when a page about the repo was asked for. That this is missing is <see cref="HubErrorCode.HubProtocolError"/>.</param>
    /// <param name="withToken">Whether a token was sent.</param>
    public static Exception FromAnswer(HttpResponseMessage response, RepoId repo, Revision revision, HubFileName? file, bool withToken)
    {
        string code = HubHeaders.Get(response, "X-Error-Code") ?? string.Empty;
        string message = HubHeaders.Get(response, "X-Error-Message") ?? string.Empty;
        switch (response.StatusCode, code)
        {
            case (_, "RepoNotFound"):
                return RepoNotFound(repo, withToken);
            case (_, "RevisionNotFound"):
                return new HubCacheException(
                    HubErrorCode.RevisionNotFound,
                    $"The repo '{repo}' has no revision '{revision}'.",
                    revision.Value,
                    "Check the branch, tag or commit on the repo's page; the usual branch is 'main'.");
            case (_, "EntryNotFound") when file is not null:
                return FileNotFound(repo, revision, file);
            case (_, "GatedRepo"):
                return new HubCacheException(
                    HubErrorCode.GatedRepo,
                    $"The repo '{repo}' is gated, and {(withToken ? "this token has not been granted access" : "no token was sent")}.",
                    repo.Value,
                    "Ask for access on the repo's page, and pass a token of that account with -Token or in HF_TOKEN.");
            case (HttpStatusCode.Unauthorized, _) when withToken || message == InvalidTokenMessage:
                return new HubCacheException(
                    HubErrorCode.TokenInvalid,
                    $"The Hub does not accept the token (asked for '{repo}').",
                    repo.Value,
                    "Make a new token in the settings of the account, or go without one: unset HF_TOKEN and remove the token file.");
            case (HttpStatusCode.Unauthorized, _):
                return RepoNotFound(repo, withToken);
            case (HttpStatusCode.Forbidden, _):
                return new HubCacheException(
                    HubErrorCode.GatedRepo,
                    $"The Hub refuses access to '{repo}' (403).",
                    repo.Value,
                    "Check on the repo's page whether access has to be asked for, and whether the token has the permission to read it.");
            case (HttpStatusCode.NotFound, _) when file is not null:
                return Nonsense(response.RequestMessage!.RequestUri!, "it says 404 without the error code by which a Hub says what is missing, so that a proxy or a mirror may have said it");
            case (HttpStatusCode.ProxyAuthenticationRequired, _):
                return new HubCacheException(
                    HubErrorCode.HubUnreachable,
                    $"The proxy on the way to {response.RequestMessage!.RequestUri!.Host} wants a credential (407).",
                    HubAddress.ForPeople(response.RequestMessage.RequestUri),
                    "Pass -ProxyCredential, or go without the proxy.");
            case (HttpStatusCode.TooManyRequests, _):
                return RateLimited(response);
            case (HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError, _):
                return ServerError(response);
            default:
                return Nonsense(response.RequestMessage!.RequestUri!, string.Create(CultureInfo.InvariantCulture, $"the answer is {(int)response.StatusCode}"));
        }
    }

    /// <summary>The error for 429.</summary>
    public static TransientException RateLimited(HttpResponseMessage response)
    {
        TimeSpan? pause = HubHeaders.Pause(response);
        string wait = pause is { } p ? string.Create(CultureInfo.InvariantCulture, $" It asks to wait {Math.Ceiling(p.TotalSeconds):0} seconds.") : string.Empty;
        return new TransientException(
            new HubCacheException(
                HubErrorCode.RateLimited,
                $"{response.RequestMessage!.RequestUri!.Host} takes no more requests from here for now (429).{wait}",
                HubAddress.ForPeople(response.RequestMessage.RequestUri),
                "Try again later, with a token (its limits are higher), or with fewer machines at once."),
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

    /// <summary>The error when no answer came at all.</summary>
    public static TransientException NoAnswer(Uri address, Exception cause)
    {
        if (cause is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } or HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse })
        {
            // .NET quotes the line that it could not read, and a proxy may have put the request's own headers into it.
            return new TransientException(Nonsense(address, "the answer is no HTTP"));
        }

        bool isTls = cause is HttpRequestException { InnerException: AuthenticationException };
        return new TransientException(new HubCacheException(
            HubErrorCode.HubUnreachable,
            $"{address.Host} cannot be reached: {Plainly(cause)}",
            HubAddress.ForPeople(address),
            isTls
                ? "Check the machine's clock and its certificates, and whether a proxy opens the connection."
                : "Check the network, -Proxy and HTTPS_PROXY, and HF_ENDPOINT. What is cached can be had with -Offline.",
            cause));
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

    private static HubCacheException RepoNotFound(RepoId repo, bool withToken)
    {
        return new HubCacheException(
            HubErrorCode.RepoNotFound,
            $"The Hub shows no repo '{repo}' {(withToken ? "to the owner of this token" : "to callers without a token")}.",
            repo.Value,
            "Check the id and -RepoType. A private or gated repo needs -Token or HF_TOKEN.");
    }

    private static string Plainly(Exception cause)
    {
        Exception root = cause.GetBaseException();
        return root.Message.TrimEnd('.') + ".";
    }
}
