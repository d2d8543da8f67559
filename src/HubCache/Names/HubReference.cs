using System.Text.RegularExpressions;

namespace HubCache;

/// <summary>
/// A repo, or a file of one, as people have it at hand: <c>org/name</c>, <c>datasets/org/name</c>, the address of a page or of a download,
/// <c>hf://org/name@revision/path</c>. What is in it is checked by the rules that hold for each part alone.
/// </summary>
/// <param name="RepoId">The repo.</param>
/// <param name="RepoType">The kind of repo; null for a plain id, which says none.</param>
/// <param name="Revision">The revision; null when none is named.</param>
/// <param name="File">The file, the folder or the pattern; null when none is named.</param>
/// <remarks>huggingface_hub's <c>parse_hf_uri</c> takes the same, but for repos without a namespace, which it refuses.</remarks>
public sealed partial record HubReference(RepoId RepoId, RepoType? RepoType, Revision? Revision, FileSelector? File)
{
    private const string HfScheme = "hf://";

    // The ones whose repos everybody means, whatever mirror they are fetched from.
    internal static readonly string[] KnownHosts = ["huggingface.co", "www.huggingface.co", "hf.co"];

    // The pages that show a file or a folder. Others, such as a discussion, say nothing of where a file is.
    private static readonly string[] Routes = ["blob", "resolve", "raw", "blame", "tree"];

    /// <summary>Reads a reference.</summary>
    /// <param name="text">What somebody gave.</param>
    /// <param name="endpoint">The Hub whose addresses are taken, besides those of huggingface.co; null for none.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidRepoId"/>, <see cref="HubErrorCode.InvalidRevision"/> or
    /// <see cref="HubErrorCode.InvalidFileName"/>.</exception>
    public static HubReference Parse(string text, Uri? endpoint)
    {
        if (text?.StartsWith(HfScheme, StringComparison.OrdinalIgnoreCase) == true)
        {
            return FromUri(text, text[HfScheme.Length..]);
        }

        if (text is not null && IsAddress(text))
        {
            return FromAddress(text, endpoint);
        }

        (RepoType? type, string id) = SplitType(text ?? string.Empty);
        return new HubReference(RepoId.Parse(id), type, null, null);
    }

    /// <summary>Reads what names repos by a wildcard pattern, or one repo in any of the forms of <see cref="Parse"/>.</summary>
    /// <returns>The pattern, which an id is as well, and the kind of repo that is meant; null for any.</returns>
    /// <exception cref="HubCacheException">As <see cref="Parse"/>.</exception>
    public static (string Pattern, RepoType? RepoType) ParsePattern(string text, Uri? endpoint)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IsMoreThanAnId(text))
        {
            HubReference reference = Parse(text, endpoint);
            return (reference.RepoId.Value, reference.RepoType);
        }

        (RepoType? type, string pattern) = SplitType(text);
        return (pattern, type);
    }

    /// <summary>Whether a text is an address or a URI, well-formed or not, and so no id and no pattern for some.</summary>
    public static bool IsMoreThanAnId(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(HfScheme, StringComparison.OrdinalIgnoreCase) || IsAddress(text);
    }

    private static bool IsAddress(string text)
        => text.Contains("://", StringComparison.Ordinal)
            || Array.Exists(KnownHosts, host => text.StartsWith(host + "/", StringComparison.OrdinalIgnoreCase));

    /// <summary>Takes the kind of repo off the front: <c>datasets/</c> and its like, which are nobody's namespace.</summary>
    private static (RepoType? Type, string Id) SplitType(string text)
    {
        foreach (RepoType type in Enum.GetValues<RepoType>())
        {
            string prefix = $"{type.ToString().ToLowerInvariant()}s/";
            if (text.StartsWith(prefix, StringComparison.Ordinal) && text.Length > prefix.Length)
            {
                return (type, text[prefix.Length..]);
            }
        }

        return (null, text);
    }

    /// <summary><c>[type/]id[@revision][/path]</c>. As in fsspec, only the revision is escaped.</summary>
    private static HubReference FromUri(string text, string body)
    {
        (RepoType? type, string rest) = SplitType(body);
        int at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0 && rest.AsSpan(0, at).Count('/') <= 1)
        {
            (string revision, string path) = SplitRevision(rest[(at + 1)..]);
            return new HubReference(
                Id(text, rest[..at]), type ?? HubCache.RepoType.Model, Revision.Parse(Uri.UnescapeDataString(revision)), PathOf(path));
        }

        string[] parts = rest.Split('/', 3);
        return new HubReference(
            Id(text, string.Join('/', parts.Take(2)).TrimEnd('/')),
            type ?? HubCache.RepoType.Model,
            null,
            PathOf(parts.Length > 2 ? parts[2] : string.Empty));

        static FileSelector? PathOf(string path) => path.Length == 0 ? null : FileSelector.Parse(path);
    }

    private static (string Revision, string Path) SplitRevision(string text)
    {
        int end =
            RefWithSlashes().Match(text) is { Success: true, Length: int length } ? length : text.IndexOf('/', StringComparison.Ordinal);
        return end < 0 || end == text.Length ? (text, string.Empty) : (text[..end], text[(end + 1)..]);
    }

    private static HubReference FromAddress(string text, Uri? endpoint)
    {
        // What comes behind are a question and a place in the text; either may hold what is nobody's business.
        string address = text.Split('?', '#')[0];
        string[] segments = PathIn(address, endpoint).Split('/', StringSplitOptions.RemoveEmptyEntries);
        RepoType? type = Array.Find(
            Enum.GetValues<RepoType>().Cast<RepoType?>().ToArray(),
            type => segments is [string first, _, ..] && first == $"{type.ToString()!.ToLowerInvariant()}s");
        segments = type is null ? segments : segments[1..];
        int idLength = IdLength(segments) ?? throw Refused(address, "it does not lead to a repo, nor to a file or a folder of one");
        RepoId id = Id(address, string.Join('/', segments.Take(idLength).Select(Uri.UnescapeDataString)));
        string[] tail = segments.Length > idLength + 1 ? segments[(idLength + 1)..] : [];
        (string? revision, string path) = Tail(tail);
        return new HubReference(
            id,
            type ?? HubCache.RepoType.Model,
            revision is null ? null : Revision.Parse(revision),
            path.Length == 0 ? null : segments[idLength] == "tree" ? FileSelector.Folder(path) : FileSelector.Of(HubFileName.Parse(path)));
    }

    /// <summary>What of an address is below its Hub's own.</summary>
    private static string PathIn(string address, Uri? endpoint)
    {
        string absolute = address.Contains("://", StringComparison.Ordinal) ? address : $"https://{address}";
        int begin = absolute.IndexOf("://", StringComparison.Ordinal) + 3;
        int end = absolute.IndexOf('/', begin) is int slash and >= 0 ? slash : absolute.Length;
        if (absolute.AsSpan(begin, end - begin).Contains('@'))
        {
            // It is not repeated: it may be a password.
            throw Refused(
                $"{absolute[..begin]}…@{absolute[(absolute.LastIndexOf('@', end - 1) + 1)..]}", "it has a user or a password in it");
        }

        if (!Uri.TryCreate(absolute[..end], UriKind.Absolute, out Uri? origin) || origin.Scheme is not ("http" or "https"))
        {
            throw Refused(address, "it is no http or https address");
        }

        string path = absolute[end..];
        if (endpoint is { IsAbsoluteUri: true } && IsSameHost(origin, endpoint))
        {
            string prefix = endpoint.AbsolutePath.TrimEnd('/');
            if (path.StartsWith(prefix + "/", StringComparison.Ordinal))
            {
                return path[prefix.Length..];
            }
        }

        return origin.IsDefaultPort && KnownHosts.Contains(origin.IdnHost, StringComparer.OrdinalIgnoreCase) ? path : throw Refused(
            address, $"'{origin.Authority}' is not the Hub that is asked, nor huggingface.co");
    }

    private static bool IsSameHost(Uri left, Uri right)
    {
        return string.Equals(left.IdnHost, right.IdnHost, StringComparison.OrdinalIgnoreCase)
            && (left.Port == right.Port || (left.IsDefaultPort && right.IsDefaultPort));
    }

    /// <summary>How many segments the id has: one or two, with a page's route behind it or nothing; null when it is neither.</summary>
    private static int? IdLength(string[] segments)
    {
        return segments.Length is 1 or 2 ? segments.Length
            : segments.Length > 2 && Routes.Contains(segments[2]) ? 2
            : segments.Length > 2 && Routes.Contains(segments[1]) ? 1
            : null;
    }

    /// <summary>
    /// Revision and path, decoded once. A revision with a '/' is one segment, with <c>%2F</c>, but for those that the Hub makes itself.
    /// </summary>
    private static (string? Revision, string Path) Tail(string[] tail)
    {
        int length = tail is ["refs", "pr" or "convert", _, ..] ? 3 : Math.Min(1, tail.Length);
        string[] decoded = [.. tail.Select(Uri.UnescapeDataString)];
        return (length == 0 ? null : string.Join('/', decoded[..length]), string.Join('/', decoded[length..]));
    }

    private static RepoId Id(string text, string id)
    {
        try
        {
            return RepoId.Parse(id);
        }
        catch (HubCacheException e)
        {
            throw Refused(text, e.Message.TrimEnd('.'));
        }
    }

    private static HubCacheException Refused(string text, string fault)
    {
        return new HubCacheException(
            HubErrorCode.InvalidRepoId,
            $"'{text}' does not name a repo: {fault}.",
            text,
            "Give the id as the Hub shows it, 'namespace/name' or 'datasets/namespace/name', the address of the repo or of a file on the "
                + "Hub, or hf://namespace/name@revision/path.");
    }

    // A whole segment: refs/pr/1x is a path in a branch called refs.
    [GeneratedRegex(@"\Arefs/(?:pr/[0-9]+|convert/[A-Za-z0-9_.-]+)(?=/|\z)")]
    private static partial Regex RefWithSlashes();
}
