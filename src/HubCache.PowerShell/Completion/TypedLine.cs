using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Shell = System.Management.Automation.PowerShell;

namespace HubCache.PowerShell;

/// <summary>What the rest of the line says while one of its words is being typed.</summary>
internal sealed class TypedLine(CommandAst command, IDictionary parameters)
{
    /// <summary>The type that the line says; null when it says none.</summary>
    public RepoType? RepoType { get; } =
        Enum.TryParse(Text(parameters[nameof(RepoType)]), ignoreCase: true, out RepoType type) ? type : null;

    /// <summary>The repo that the line names; null when it names none, or some by a pattern.</summary>
    public HubReference? Repo()
    {
        if (Text(parameters[nameof(HubReference.RepoId)]) is not string text)
        {
            return null;
        }

        Uri? endpoint =
            Uri.TryCreate(Text(parameters["Endpoint"]), UriKind.Absolute, out Uri? given) ? given : HubEnvironment.EndpointIfAny();
        return HubReference.Parse(text, endpoint);
    }

    /// <summary>The revision that the line names, in one way or another; <c>main</c> when it names none.</summary>
    public Revision Revision(HubReference repo)
    {
        return Text(parameters[nameof(CommitHash)]) is string commit ? HubCache.Revision.Parse(commit)
            : Text(parameters[nameof(Revision)]) is string revision ? HubCache.Revision.Parse(revision)
            : repo.Revision ?? HubCache.Revision.Main;
    }

    /// <summary>The caches that the line names, or else the environment; null when only running the line would tell.</summary>
    public CacheNames? Caches()
    {
        const string Cache = nameof(CachedRepo.CachePath);
        const string ReadOnly = "ReadOnlyCachePath";
        if (IsUnknown(Cache) || IsUnknown(ReadOnly))
        {
            return null;
        }

        string? location = Location();
        string[] readOnly =
            parameters.Contains(ReadOnly) ? Folders(Texts(parameters[ReadOnly])) : [.. HubEnvironment.ReadOnlyCachePaths(location)];
        string? cache =
            parameters.Contains(Cache) ? Folders(Texts(parameters[Cache])).FirstOrDefault() : HubEnvironment.CachePath(location);
        return cache is not null ? new CacheNames(cache, readOnly)
            : readOnly.Length > 0 ? new CacheNames(readOnly[^1], readOnly[..^1])
            : null;
    }

    private bool IsUnknown(string parameter)
    {
        // PowerShell hands over what it can tell without running anything: no value for '-CachePath (Get-Thing)'.
        return !parameters.Contains(parameter)
            && command.CommandElements
                .OfType<CommandParameterAst>()
                .Any(element => element.ParameterName.Equals(parameter, StringComparison.OrdinalIgnoreCase));
    }

    private static string? Location()
    {
        using var shell = Shell.Create(RunspaceMode.CurrentRunspace);
        return shell
            .AddCommand(@"Microsoft.PowerShell.Management\Get-Location")
            .AddParameter("PSProvider", "FileSystem")
            .Invoke<PathInfo>()
            .FirstOrDefault()?.ProviderPath;
    }

    private static string[] Folders(string[] paths)
    {
        if (paths.All(Path.IsPathFullyQualified))
        {
            return paths;
        }

        // Relative to the current location, or on a drive of PowerShell's: only the session knows.
        using var shell = Shell.Create(RunspaceMode.CurrentRunspace);
        return [.. shell
            .AddCommand(@"Microsoft.PowerShell.Management\Convert-Path")
            .AddParameter("LiteralPath", paths)
            .AddParameter("ErrorAction", "Ignore")
            .Invoke<string>()];
    }

    private static string? Text(object? value) => Texts(value) is [{ Length: > 0 } text, ..] ? text : null;

    private static string[] Texts(object? value) => value switch
    {
        null => [],
        string text => [text],
        Uri address => [address.OriginalString],
        PSObject wrapped => Texts(wrapped.BaseObject),
        IEnumerable several => [.. several.Cast<object?>().SelectMany(Texts)],
        _ => [value.ToString()!],
    };
}
