namespace HubCache.Hub;

/// <summary>What an answer that is neither a success nor a redirect stands for.</summary>
internal enum AnswerKind
{
    /// <summary>Nothing that a Hub says.</summary>
    Unknown,

    /// <summary>The Hub knows no such repo, or does not show it to this caller.</summary>
    RepoNotFound,

    /// <summary>The repo has no such revision.</summary>
    RevisionNotFound,

    /// <summary>The Hub says that the revision has no such file.</summary>
    FileNotFound,

    /// <summary>404 from a server that may not be a Hub.</summary>
    BareNotFound,

    /// <summary>Access has to be asked for.</summary>
    GatedRepo,

    /// <summary>The Hub does not let this caller in.</summary>
    AccessRefused,

    /// <summary>The Hub has disabled the repo.</summary>
    RepoDisabled,

    /// <summary>Not shown for legal reasons.</summary>
    LegalReasons,

    /// <summary>The Hub does not know the token.</summary>
    TokenInvalid,

    /// <summary>A server that is not known to be a Hub wants a log-in.</summary>
    LoginWanted,

    /// <summary>A proxy wants a user and a password.</summary>
    ProxyLogin,

    /// <summary>Something on the way does not let us through.</summary>
    ProxyBlocks,

    /// <summary>Too many requests.</summary>
    RateLimited,

    /// <summary>A server error, which may pass.</summary>
    ServerError,
}

/// <summary>What the classification looks at.</summary>
/// <param name="Status">The status.</param>
/// <param name="Code"><c>X-Error-Code</c>; empty for none.</param>
/// <param name="Message"><c>X-Error-Message</c>; empty for none.</param>
/// <param name="IsPage">Whether it is a page for people: no Hub sends one from where we ask.</param>
/// <param name="WithToken">Whether a token was sent.</param>
internal readonly record struct AnswerFacts(int Status, string Code, string Message, bool IsPage, bool WithToken)
{
    /// <summary>Whether the Hub itself speaks: it gives a code or a message with each refusal.</summary>
    public bool IsHubs => Code.Length > 0 || Message.Length > 0;

    /// <summary>The facts of an answer.</summary>
    public static AnswerFacts Of(HttpResponseMessage response, bool withToken) => new(
        (int)response.StatusCode,
        HubHeaders.Get(response, "X-Error-Code") ?? string.Empty,
        HubHeaders.Get(response, "X-Error-Message") ?? string.Empty,
        HubHeaders.Get(response, "Content-Type")?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true,
        withToken);
}

/// <summary>The one place that says what an answer stands for: a table, of which the first row that fits counts.</summary>
/// <remarks>
/// Codes and messages are those that huggingface_hub knows (<c>hf_raise_for_status</c>). An answer without either comes from something
/// between us and the Hub, or from a mirror, and says nothing of the repo or the file.
/// </remarks>
internal static class AnswerClassifier
{
    private const string UnknownToken = "Invalid credentials in Authorization header";
    private const string Disabled = "Access to this resource is disabled.";

    private static readonly (Func<AnswerFacts, bool> Fits, AnswerKind Kind)[] Table =
    [
        (answer => answer.Status == 407, AnswerKind.ProxyLogin),
        (answer => answer.Status == 511, AnswerKind.ProxyBlocks),
        (answer => answer.Code == "RepoNotFound", AnswerKind.RepoNotFound),
        (answer => answer.Code == "RevisionNotFound", AnswerKind.RevisionNotFound),
        (answer => answer.Code == "EntryNotFound", AnswerKind.FileNotFound),
        (answer => answer.Code == "GatedRepo", AnswerKind.GatedRepo),
        (answer => answer.Status == 403 && answer.Message == Disabled, AnswerKind.RepoDisabled),
        (answer => answer.Status is 401 or 403 or 451 && answer is { IsPage: true, IsHubs: false }, AnswerKind.ProxyBlocks),
        (answer => answer.Status == 451, AnswerKind.LegalReasons),
        (answer => answer.Status == 401 && (answer.WithToken || answer.Message == UnknownToken), AnswerKind.TokenInvalid),
        (answer => answer is { Status: 401, IsHubs: true }, AnswerKind.RepoNotFound),
        (answer => answer.Status == 401, AnswerKind.LoginWanted),
        (answer => answer is { Status: 403, IsHubs: true }, AnswerKind.AccessRefused),
        (answer => answer.Status == 403, AnswerKind.ProxyBlocks),
        (answer => answer.Status == 404, AnswerKind.BareNotFound),
        (answer => answer.Status == 429, AnswerKind.RateLimited),
        (answer => answer.Status is 408 or >= 500, AnswerKind.ServerError),
    ];

    /// <summary>What an answer stands for.</summary>
    public static AnswerKind Classify(AnswerFacts answer) => Array.Find(Table, row => row.Fits(answer)).Kind;
}
