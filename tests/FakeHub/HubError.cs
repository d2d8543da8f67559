namespace FakeHub;

/// <summary>Refusals in the Hub's form: a code and a message in headers, the message again in the body.</summary>
internal static class HubError
{
    public static Task RepoNotFoundAsync(Exchange exchange) => SendAsync(exchange, 404, "RepoNotFound", "Repository not found");

    public static Task RevisionNotFoundAsync(Exchange exchange, string revision)
        => SendAsync(exchange, 404, "RevisionNotFound", $"Invalid rev id: {Uri.EscapeDataString(revision)}");

    public static Task EntryNotFoundAsync(Exchange exchange) => SendAsync(exchange, 404, "EntryNotFound", "Entry not found");

    /// <summary>To a caller without a name the Hub does not say whether the repo exists, so there is no code.</summary>
    public static Task LoginNeededAsync(Exchange exchange) => SendAsync(exchange, 401, null, "Invalid username or password.");

    public static Task InvalidTokenAsync(Exchange exchange)
        => SendAsync(exchange, 401, null, "Invalid credentials in Authorization header");

    public static Task GatedAsync(Exchange exchange, FakeRepo repo, bool anonymous) => SendAsync(
        exchange,
        anonymous ? 401 : 403,
        "GatedRepo",
        $"Access to {repo.Type} {repo.Id} is "
            + $"restricted{(anonymous ? ". You must be authenticated to access it." : " and you are not in the authorized list.")}");

    public static Task SendAsync(Exchange exchange, int status, string? code, string message)
    {
        exchange.Response.Headers["X-Error-Message"] = message;
        if (code is not null)
        {
            exchange.Response.Headers["X-Error-Code"] = code;
        }
        return exchange.Segments[0] == "api"
            ? exchange.SendJsonAsync(new { error = message }, status)
            : exchange.SendTextAsync(status, message);
    }
}
