using System.Text.Json;

namespace FakeHub;

/// <summary>The server's own routes, for callers outside this process. They are neither logged nor hit by faults.</summary>
internal static class ControlEndpoints
{
    public const string Prefix = "_fake";

    public static async Task HandleAsync(Exchange exchange)
    {
        FakeHubServer server = exchange.Server;
        string route = $"{exchange.Request.Method} {string.Join('/', exchange.Segments.Skip(1))}";
        try
        {
            object? answer = route switch
            {
                "POST repos" => Describe((await ReadAsync<RepoOrder>(exchange)).ApplyTo(server)),
                "POST commits" => Commit(server, await ReadAsync<CommitOrder>(exchange)),
                "POST refs" => SetRef(server, await ReadAsync<RefOrder>(exchange)),
                "POST faults" => AddFaults(server, await ReadAsync<JsonElement>(exchange)),
                "GET faults" => server.Faults.Entries,
                "DELETE faults" => Clear(server.Faults.Clear),
                "GET log" => server.Log.Entries,
                "DELETE log" => Clear(server.ForgetRequests),
                "GET stats" => Stats(server),
                _ => null,
            };
            await (answer is null
                ? exchange.SendJsonAsync(new { error = $"No such route: {route}" }, 404)
                : exchange.SendJsonAsync(answer));
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or FormatException)
        {
            await exchange.SendJsonAsync(new { error = exception.Message }, 400);
        }
    }

    private static async Task<T> ReadAsync<T>(Exchange exchange)
        => await JsonSerializer.DeserializeAsync<T>(exchange.Request.Body, Json.Options, exchange.Gone)
        ?? throw new ArgumentException("The body is null.");

    private static FakeRepo Repo(FakeHubServer server, string? id, string type)
        => server.FindRepo(id ?? "", type) ?? throw new ArgumentException($"There is no {type} '{id}'.");

    private static object Describe(FakeRepo repo) => new { id = repo.Id, type = repo.Type, commit = repo.ResolveRevision("main") };

    private static object Commit(FakeHubServer server, CommitOrder order)
    {
        FakeFile[] files = [.. order.Files.Select(file => file.MakeFor(server))];
        string commit = Repo(server, order.Repo, order.Type).Commit(order.Branch, files, order.Remove);
        return new { commit, files = files.Select(file => new { path = file.Path, etag = file.Etag, size = file.Size, lfs = file.IsLfs }) };
    }

    private static object SetRef(FakeHubServer server, RefOrder order)
    {
        Repo(server, order.Repo, order.Type).SetRef(order.Name, order.Commit);
        return new { name = order.Name, commit = order.Commit };
    }

    private static object AddFaults(FakeHubServer server, JsonElement order)
    {
        Fault[] faults = order.ValueKind == JsonValueKind.Array
            ? order.Deserialize<Fault[]>(Json.Options)!
            : [order.Deserialize<Fault>(Json.Options)!];
        foreach (Fault fault in faults)
        {
            server.Faults.Add(fault);
        }
        return new { added = faults.Length };
    }

    private static object Clear(Action clear)
    {
        clear();
        return new { cleared = true };
    }

    private static object Stats(FakeHubServer server)
    {
        IReadOnlyList<LoggedRequest> log = server.Log.Entries;
        var all = RequestTally.Of(log);
        Dictionary<Origin, RequestTally> origins = Enum.GetValues<Origin>()
            .ToDictionary(origin => origin, origin => RequestTally.Of(log.Where(entry => entry.Origin == origin)));
        return new
        {
            requests = all.Requests,
            bytesSent = all.BytesSent,
            mostAtOnce = all.MostAtOnce,
            methods = all.Methods,
            hubRequests = origins[Origin.Hub].Requests,
            storageRequests = origins[Origin.Storage].Requests,
            authorizationOnStorage = log.Count(entry => entry.Origin == Origin.Storage && entry.HasAuthorization),
            mostConnections = server.Connections.Most(),
            origins,
            paths = log.GroupBy(entry => Uri.UnescapeDataString(entry.Path)).ToDictionary(group => group.Key, RequestTally.Of),
        };
    }
}
