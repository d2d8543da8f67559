namespace FakeHub;

/// <summary>The object store behind the Hub: <c>/{type}s/{repo}/{sha256}/{name}?Expires=…&amp;Signature=…</c>.</summary>
internal static class StorageEndpoints
{
    public static string PathOf(FakeRepo repo, FakeFile file)
    {
        string name = file.Path[(file.Path.LastIndexOf('/') + 1)..];
        return $"/{repo.Type}s/{repo.Id}/{file.Etag}/{Uri.EscapeDataString(name)}";
    }

    public static Task HandleAsync(Exchange exchange)
    {
        if (exchange.Request.Method != "GET" && (exchange.Request.Method != "HEAD" || exchange.Server.Options.StorageAtHub))
        {
            return RefuseAsync(exchange, 405, "MethodNotAllowed");
        }
        string? complaint = exchange.Server.Links.Complaint(
            exchange.Path, exchange.Request.Query["Expires"], exchange.Request.Query[SignedLinks.Signature]);
        if (complaint is not null)
        {
            return RefuseAsync(exchange, 403, complaint);
        }
        IReadOnlyList<string> segments = exchange.Segments;
        string id = string.Join('/', segments.Skip(1).SkipLast(2));
        FakeFile? file = exchange.Server.FindRepo(id, segments[0].TrimEnd('s'))?.FindStored(segments[^2]);
        if (file is null)
        {
            return RefuseAsync(exchange, 404, "NoSuchKey");
        }
        exchange.Response.Headers.LastModified = "Mon, 01 Jan 2024 00:00:00 GMT";
        return new ContentAnswer(exchange, file.Content, $"\"{file.StorageEtag}\"").SendAsync();
    }

    private static Task RefuseAsync(Exchange exchange, int status, string code) => exchange.SendAsync(
        status, "application/xml", $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code></Error>");
}
