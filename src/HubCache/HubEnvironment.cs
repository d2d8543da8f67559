using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using HubCache.Names;

namespace HubCache;

/// <summary>
/// The <c>HF_*</c> environment as huggingface_hub reads it (constants.py, utils/_auth.py). An empty variable counts as unset.
/// </summary>
public static partial class HubEnvironment
{
    private const string UsualEndpoint = "https://huggingface.co";

    private static readonly string[] OthersBundles = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

    /// <summary>The options that the environment asks for.</summary>
    /// <param name="cachePath">The cache folder when the caller names one; then no home folder is needed.</param>
    /// <param name="endpoint">The Hub's address when the caller names one; then <c>HF_ENDPOINT</c> may say anything.</param>
    /// <param name="connectionTimeout">In place of <c>HF_HUB_ETAG_TIMEOUT</c>.</param>
    /// <param name="operationTimeout">In place of <c>HF_HUB_DOWNLOAD_TIMEOUT</c>.</param>
    /// <param name="location">The folder, absolute, that relative paths start from; the process's current one when it is null.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: a value that cannot be used, or no home
    /// folder.</exception>
    public static HubOptions Read(
        string? cachePath = null,
        Uri? endpoint = null,
        TimeSpan? connectionTimeout = null,
        TimeSpan? operationTimeout = null,
        string? location = null)
    {
        (string? token, string? fault) = IsTrue(Get("HF_HUB_DISABLE_IMPLICIT_TOKEN")) ? (null, null) : Token(location);
        var options = new HubOptions
        {
            Endpoint = endpoint ?? Endpoint(),
            CachePath = cachePath ?? CachePath(location),
            Token = token,
            TokenFault = fault,
            Offline = IsTrue(Get("HF_HUB_OFFLINE") ?? Get("TRANSFORMERS_OFFLINE")),
            WithoutSymbolicLinks = DisablesSymbolicLinks,
            Transport = IsTrue(Get("HF_HUB_DISABLE_XET")) ? Transport.Http : Transport.Auto,
            Certificates = Certificates(location),
        };
        options = (connectionTimeout ?? Seconds("HF_HUB_ETAG_TIMEOUT")) is TimeSpan connection
            ? options with { ConnectionTimeout = connection }
            : options;
        return (operationTimeout ?? Seconds("HF_HUB_DOWNLOAD_TIMEOUT")) is TimeSpan operation
            ? options with { OperationTimeout = operation }
            : options;
    }

    /// <summary>
    /// The authorities that the environment names: <c>SSL_CERT_FILE</c> and <c>SSL_CERT_DIR</c> (several folders, separated as in
    /// <c>PATH</c>), as OpenSSL reads them; without both <c>REQUESTS_CA_BUNDLE</c>, else <c>CURL_CA_BUNDLE</c>, each a file or a folder.
    /// Null for none.
    /// </summary>
    /// <param name="location">The folder, absolute, that relative paths start from; the process's current one when it is null.</param>
    public static CertificateSource? Certificates(string? location = null)
    {
        CertificatePath[] own = [.. Named("SSL_CERT_FILE", isList: false), .. Named("SSL_CERT_DIR", isList: true)];
        CertificatePath[] paths = own.Length > 0 ? own
            : [.. OthersBundles.Select(name => Named(name, isList: false).ToArray()).FirstOrDefault(found => found.Length > 0) ?? []];
        return paths.Length == 0 ? null : new CertificateSource(paths);

        IEnumerable<CertificatePath> Named(string name, bool isList)
        {
            string[] values =
                Get(name) is not string text ? [] : isList ? text.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) : [text];
            return values.Select(value => new CertificatePath(name, Absolute(Expand(value), location)));
        }
    }

    /// <summary>
    /// The cache folder that the environment asks for, absolute: <c>HF_HUB_CACHE</c>, else <c>HUGGINGFACE_HUB_CACHE</c>, else <c>hub</c> in
    /// the Hugging Face home.
    /// </summary>
    /// <param name="location">The folder, absolute, that a relative path starts from; the process's current one when it is null.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: there is no home folder to put it in.</exception>
    public static string CachePath(string? location = null)
    {
        string? named = Get("HF_HUB_CACHE") ?? Get("HUGGINGFACE_HUB_CACHE");
        return Absolute(named is null ? Path.Combine(HuggingFaceHome(), "hub") : Expand(named), location);
    }

    /// <summary>
    /// The caches that <c>HUBCACHE_READONLY_CACHES</c> names, absolute, in its order: separated as in <c>PATH</c>, home folders and
    /// variables put in place.
    /// </summary>
    /// <param name="location">The folder, absolute, that relative paths start from; the process's current one when it is null.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: one lies in a home folder, and there is
    /// none.</exception>
    public static IReadOnlyList<string> ReadOnlyCachePaths(string? location = null)
    {
        string[] named = Get("HUBCACHE_READONLY_CACHES")?.Split(
            Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        return [
            .. named.Select(path => Path.TrimEndingDirectorySeparator(Absolute(Expand(path), location))).Distinct(StringComparer.Ordinal)
        ];
    }

    /// <summary>The address of the Hub that the environment names.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: it is none.</exception>
    public static Uri Endpoint() => ParseEndpoint(Get("HF_ENDPOINT") ?? UsualEndpoint, "HF_ENDPOINT");

    /// <summary>The same where it matters only if there is one: null when what the environment names is none.</summary>
    public static Uri? EndpointIfAny()
    {
        try
        {
            return Endpoint();
        }
        catch (HubCacheException)
        {
            return null;
        }
    }

    /// <summary>Whether <c>HF_HUB_DISABLE_SYMLINKS</c> asks for hard links or copies in place of symbolic links.</summary>
    public static bool DisablesSymbolicLinks => IsTrue(Get("HF_HUB_DISABLE_SYMLINKS"));

    /// <summary>Checks an endpoint: http or https, no query, no user; slashes at the end are dropped.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>.</exception>
    public static Uri ParseEndpoint(string value, string from)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (Uri.TryCreate(value.TrimEnd('/'), UriKind.Absolute, out Uri? endpoint)
            && endpoint.Scheme is "http" or "https" && endpoint.UserInfo.Length == 0 && endpoint.Query.Length == 0
            && endpoint.Fragment.Length == 0)
        {
            return endpoint;
        }

        throw new HubCacheException(
            HubErrorCode.InvalidOption,
            $"{from} is not the address of a Hub: it has to be an http or https address without user, query and fragment.",
            from,
            "Give an address such as https://huggingface.co, or unset it.");
    }

    private static string HuggingFaceHome()
    {
        return Expand(Get("HF_HOME") ?? Path.Combine(Get("XDG_CACHE_HOME") ?? Path.Combine("~", ".cache"), "huggingface"));
    }

    /// <summary>The token, or why it is not known whether there is one.</summary>
    private static (string? Token, string? Fault) Token(string? location)
    {
        if (Clean(Get("HF_TOKEN") ?? Get("HUGGING_FACE_HUB_TOKEN")) is string token)
        {
            return (token, null);
        }

        try
        {
            return (Clean(File.ReadAllText(TokenPath(location))), null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or HubCacheException)
        {
            // Without a token file, or without a home folder for one, the user is not logged in.
            return (null, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string path = TokenPath(location);
            return (null, $"The token file '{path}' cannot be read, so the Hub is asked without a token: {PlainText.Of(e.Message)}");
        }
    }

    private static string TokenPath(string? location)
        => Absolute(Get("HF_TOKEN_PATH") is string path ? Expand(path) : Path.Combine(HuggingFaceHome(), "token"), location);

    private static string Absolute(string path, string? location)
        => location is null ? Path.GetFullPath(path) : Path.GetFullPath(path, location);

    private static string? Clean(string? token)
    {
        string clean = (token ?? string.Empty).Replace("\r", string.Empty, StringComparison.Ordinal)
            .Replace("\n", string.Empty, StringComparison.Ordinal).Trim();
        return clean.Length == 0 ? null : clean;
    }

    private static string? Get(string name)
    {
        string? value = Environment.GetEnvironmentVariable(name);
        return string.IsNullOrEmpty(value) ? null : value;
    }

    private static bool IsTrue(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    /// <summary>Null when it is not set, or 0.</summary>
    private static TimeSpan? Seconds(string name)
    {
        if (Get(name) is not string text)
        {
            return null;
        }

        if (!int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int seconds) || seconds < 0)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                $"{name} is '{text}', which is no number of seconds.",
                name,
                $"Set {name} to a whole number of seconds, or unset it.");
        }

        return seconds == 0 ? null : TimeSpan.FromSeconds(seconds);
    }

    /// <summary>
    /// Puts home folders and variables in place, in Python's order: expanduser, then expandvars; an unknown variable stays as it is.
    /// </summary>
    private static string Expand(string path)
    {
        string expanded = UnixVariable().Replace(ExpandHome(path), ValueOrItself);
        return OperatingSystem.IsWindows() ? WindowsVariable().Replace(expanded, ValueOrItself) : expanded;

        static string ValueOrItself(Match match) => Environment.GetEnvironmentVariable(match.Groups["name"].Value) ?? match.Value;
    }

    private static string ExpandHome(string path)
    {
        if (!path.StartsWith('~'))
        {
            return path;
        }

        int end = path.IndexOfAny(['/', Path.DirectorySeparatorChar]);
        string user = path[1..(end < 0 ? path.Length : end)];
        string rest = end < 0 ? string.Empty : path[end..];
        string? home = user.Length == 0 ? Home() : HomeOf(user);
        return home is null ? path : home.Length + rest.Length == 0 ? "/" : home + rest;
    }

    private static string Home()
    {
        // Where neither HOME nor the system names a home, .NET says "/".
        string home = (OperatingSystem.IsWindows() ? WindowsHome(Get) : Get("HOME"))
            ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) switch { "/" => string.Empty, string known => known };
        return home.Length > 0 ? home.TrimEnd('/', Path.DirectorySeparatorChar) : throw new HubCacheException(
            HubErrorCode.InvalidOption,
            "There is no home folder to keep the cache in: HOME (on Windows USERPROFILE) is not set, and the system knows none "
                + "for this user.",
            "HOME",
            "Say where the cache is with -CachePath, or set HF_HUB_CACHE or HF_HOME.");
    }

    /// <summary>The home on Windows, as Python's <c>ntpath.expanduser</c> finds it: HOME, which Git Bash sets, has no say.</summary>
    internal static string? WindowsHome(Func<string, string?> variable)
        => variable("USERPROFILE") ?? (variable("HOMEPATH") is string path ? variable("HOMEDRIVE") + path : null);

    /// <summary>Somebody else's home there: Python takes it to lie beside one's own, if one's own has one's name.</summary>
    internal static string? WindowsHomeOf(string user, Func<string, string?> variable)
    {
        string? home = WindowsHome(variable)?.TrimEnd('\\', '/');
        int end = home?.LastIndexOfAny(['\\', '/']) ?? -1;
        return user == variable("USERNAME") ? home
            : end > 0 && home![(end + 1)..] == variable("USERNAME") ? home[..(end + 1)] + user
            : null;
    }

    private static string? HomeOf(string user)
    {
        try
        {
            return OperatingSystem.IsWindows() ? WindowsHomeOf(user, Get) : File.ReadLines("/etc/passwd", Encoding.UTF8)
                .Select(line => line.Split(':')).FirstOrDefault(fields => fields.Length > 5 && fields[0] == user)?[5].TrimEnd('/');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\$(?:(?<name>\w+)|\{(?<name>[^}]*)\})")]
    private static partial Regex UnixVariable();

    [GeneratedRegex("%(?<name>[^%]+)%")]
    private static partial Regex WindowsVariable();
}
