namespace FakeHub;

/// <summary>Where in a request's path a repo is named, and what follows.</summary>
internal sealed record RepoPath(string Type, string Id, string Verb, IReadOnlyList<string> Rest, int IdStart, int IdCount)
{
    private static readonly string[] _types = ["model", "dataset", "space", "kernel"];
    private static readonly string[] _apiVerbs = ["revision", "tree", "refs", "paths-info", "xet-read-token"];

    /// <summary>What comes first after the verb; a ref with slashes may be escaped or, as some clients send it, not.</summary>
    public string Revision => IsBareRef ? string.Join('/', Rest.Take(3)) : Rest.Count > 0 ? Rest[0] : "main";

    public string FilePath => string.Join('/', Rest.Skip(IsBareRef ? 3 : 1));

    private bool IsBareRef => Rest.Count >= 3 && Rest[0] == "refs" && Rest[1] is "pr" or "convert" or "heads" or "tags";

    public static string CheckedType(string type)
        => _types.Contains(type) ? type : throw new ArgumentException($"'{type}' is not one of {string.Join(", ", _types)}.", nameof(type));

    /// <summary><c>[datasets/|spaces/|kernels/]id/resolve/revision/path</c></summary>
    public static RepoPath? OfFile(IReadOnlyList<string> segments)
    {
        string? type = _types.Skip(1).FirstOrDefault(name => segments[0] == name + "s");
        int start = type is null ? 0 : 1;
        for (int count = 1; count <= 2; count++)
        {
            int verb = start + count;
            if (segments.Count > verb + 2 && segments[verb] == "resolve")
            {
                return Cut(segments, type ?? "model", start, count);
            }
        }
        return null;
    }

    /// <summary><c>api/models/id[/verb[/revision[/path]]]</c></summary>
    public static RepoPath? OfApi(IReadOnlyList<string> segments)
    {
        string? type = segments.Count > 2 ? _types.FirstOrDefault(name => segments[1] == name + "s") : null;
        if (type is null)
        {
            return null;
        }
        bool oneSegment = segments.Count == 3 || _apiVerbs.Contains(segments[3]);
        return Cut(segments, type, 2, oneSegment ? 1 : 2);
    }

    /// <summary>The same request to another repo, escaped as it came.</summary>
    public string Redirected(Exchange exchange, string newId)
    {
        string[] raw = exchange.Path.TrimStart('/').Split('/');
        return "/" + string.Join('/', raw.Take(IdStart).Append(newId).Concat(raw.Skip(IdStart + IdCount))) + exchange.Query;
    }

    private static RepoPath Cut(IReadOnlyList<string> segments, string type, int start, int count) => new(
        type,
        string.Join('/', segments.Skip(start).Take(count)),
        segments.ElementAtOrDefault(start + count) ?? "",
        [.. segments.Skip(start + count + 1)],
        start,
        count);
}
