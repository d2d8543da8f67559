namespace HubCache.Hub;

/// <summary>The addresses of the Hub's own pages.</summary>
internal static class HubAddress
{
    /// <summary>Where a file of a revision is asked for. Every segment is escaped, and a '/' in a revision is <c>%2F</c>.</summary>
    public static Uri Resolve(Uri endpoint, RepoType type, RepoId id, Revision revision, HubFileName file)
    {
        string prefix = type == RepoType.Model ? string.Empty : $"{type.ToString().ToLowerInvariant()}s/";
        string path = string.Join('/', file.Segments.Select(Uri.EscapeDataString));
        return new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{prefix}{id.Value}/resolve/{Uri.EscapeDataString(revision.Value)}/{path}");
    }

    /// <summary>Where the Hub says which commit a revision is.</summary>
    public static Uri Info(Uri endpoint, RepoType type, RepoId id, Revision revision) => Api(endpoint, type, id, "revision", revision);

    /// <summary>Where the tree of a commit begins; its other pages are linked from there.</summary>
    public static Uri Tree(Uri endpoint, RepoType type, RepoId id, CommitHash commit)
    {
        return new Uri(Api(endpoint, type, id, "tree", Revision.Of(commit)).AbsoluteUri + "?recursive=true&expand=false");
    }

    /// <summary>Where the Hub gives a token for reading by Xet.</summary>
    public static Uri XetToken(Uri endpoint, RepoType type, RepoId id, CommitHash commit)
        => Api(endpoint, type, id, "xet-read-token", Revision.Of(commit));

    /// <summary>Whether two addresses have scheme, host and port in common: the border that a token does not cross.</summary>
    public static bool SameOrigin(Uri left, Uri right)
    {
        return left.Scheme == right.Scheme
            && left.Port == right.Port
            && string.Equals(left.IdnHost, right.IdnHost, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether a target lies on the endpoint's origin, or on its host by way of its own step from http to https.</summary>
    public static bool StaysOnHost(Uri endpoint, Uri target)
    {
        return SameOrigin(endpoint, target)
            || (string.Equals(endpoint.IdnHost, target.IdnHost, StringComparison.OrdinalIgnoreCase)
                && endpoint is { Scheme: "http", IsDefaultPort: true } && target is { Scheme: "https", IsDefaultPort: true });
    }

    /// <summary>Whether an address is one of the Hub itself, whatever mirror is asked in its place.</summary>
    public static bool IsKnownHub(Uri address)
        => address.Scheme == Uri.UriSchemeHttps
            && address.IsDefaultPort
            && HubReference.KnownHosts.Contains(address.IdnHost, StringComparer.OrdinalIgnoreCase);

    /// <summary>The same page of the endpoint, whose own path comes first.</summary>
    public static Uri AtEndpoint(Uri endpoint, string pathAndQuery) => new(endpoint.AbsoluteUri.TrimEnd('/') + pathAndQuery);

    /// <summary>
    /// Whether a path is that of a Hub's page but lacks the path that the endpoint has: a mirror passed on what the Hub said.
    /// </summary>
    public static bool LacksPrefix(Uri endpoint, string path)
    {
        string prefix = endpoint.AbsolutePath.TrimEnd('/');
        return prefix.Length > 0 && path.StartsWith('/') && !path.StartsWith("//", StringComparison.Ordinal) && !path.StartsWith(
            prefix + "/", StringComparison.Ordinal)
            && (path.StartsWith("/api/", StringComparison.Ordinal) || path.Contains("/resolve/", StringComparison.Ordinal));
    }

    /// <summary>The address without its user and its query, which may hold a password and a signature: fit for messages.</summary>
    public static string ForPeople(Uri address) => $"{address.Scheme}://{address.Authority}{address.AbsolutePath}";

    /// <summary>Where a redirect leads. An absolute address is kept letter for letter: its signature may be over exactly those.</summary>
    public static Uri? Target(Uri from, string? location)
    {
        if (string.IsNullOrEmpty(location))
        {
            return null;
        }

        bool isAbsolute = location.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || location.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (isAbsolute && location.All(c => c is > ' ' and < (char)127) && !location.Contains('#', StringComparison.Ordinal)
            && Uri.TryCreate(location, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }, out Uri? exact))
        {
            return exact;
        }

        return Uri.TryCreate(from, location, out Uri? target) && target.Scheme is "http" or "https" ? target : null;
    }

    private static Uri Api(Uri endpoint, RepoType type, RepoId id, string verb, Revision revision)
    {
        string repo = $"{type.ToString().ToLowerInvariant()}s/{id.Value}";
        return new($"{endpoint.AbsoluteUri.TrimEnd('/')}/api/{repo}/{verb}/{Uri.EscapeDataString(revision.Value)}");
    }
}
