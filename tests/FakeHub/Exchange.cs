using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FakeHub;

/// <summary>One request on its way through the server, and the plain ways to answer it.</summary>
internal sealed class Exchange
{
    public Exchange(FakeHubServer server, HttpContext http, Origin origin)
    {
        Server = server;
        Http = http;
        (Path, Query) = Target(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        // Kestrel's own Path is half unescaped: an escaped slash in it cannot be told from an escaped escape.
        Segments = Path.TrimStart('/').Split('/').Select(Uri.UnescapeDataString).ToArray();
        HttpRequest request = http.Request;
        Entry = new LoggedRequest
        {
            Time = DateTimeOffset.UtcNow,
            Origin = origin,
            Method = request.Method,
            Path = Path,
            Query = Query,
            Range = Header("Range"),
            IfRange = Header("If-Range"),
            Authorization = Header("Authorization"),
            AcceptEncoding = Header("Accept-Encoding"),
            UserAgent = Header("User-Agent"),
            Connection = http.Connection.Id,
        };
    }

    public FakeHubServer Server { get; }

    public HttpContext Http { get; }

    public LoggedRequest Entry { get; }

    /// <summary>As it came, escaped, without the query.</summary>
    public string Path { get; }

    public string Query { get; }

    /// <summary>The path cut at its slashes, then unescaped.</summary>
    public IReadOnlyList<string> Segments { get; }

    public HttpRequest Request => Http.Request;

    public HttpResponse Response => Http.Response;

    public bool IsHead => Request.Method == "HEAD";

    public CancellationToken Gone => Http.RequestAborted;

    public SocketOutput Output => Http.Features.GetRequiredFeature<SocketOutput>();

    public Task SendJsonAsync(object value, int status = 200)
        => SendAsync(status, "application/json; charset=utf-8", JsonSerializer.Serialize(value, Json.Options));

    public Task SendTextAsync(int status, string text) => SendAsync(status, "text/plain; charset=utf-8", text);

    public async Task SendAsync(int status, string contentType, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        Response.StatusCode = status;
        Response.ContentType = contentType;
        Response.ContentLength = body.Length;
        if (!IsHead)
        {
            Entry.End();
            await Response.Body.WriteAsync(body, Gone);
            Entry.AddBodyBytes(body.Length);
        }
    }

    public Task RedirectAsync(int status, string location)
    {
        Response.Headers.Location = location;
        return SendTextAsync(status, $"Redirecting to {location}");
    }

    private static (string Path, string Query) Target(string raw)
    {
        // A client that takes this server for its proxy sends the whole address.
        if (raw.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            int slash = raw.IndexOf('/', "http://".Length);
            raw = slash < 0 ? "/" : raw[slash..];
        }
        int mark = raw.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? (raw, "") : (raw[..mark], raw[mark..]);
    }

    private string? Header(string name) => Http.Request.Headers.TryGetValue(name, out var values) ? values.ToString() : null;
}
