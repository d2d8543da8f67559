using System.Diagnostics;
using Bench.Measuring;

namespace Bench.Contenders;

/// <summary>What the two ways to run our module have in common.</summary>
internal static class PowerShell
{
    public const string Import = "Import-Module -Name $env:HUBCACHE_BENCH_MANIFEST";

    // Nobody looks at a progress bar here, neither ours nor anybody's.
    private const string Preamble = "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'\n";

    public static string? WhyNot(Options options)
    {
        return ChildProgram.Find("pwsh") is null ? "there is no pwsh on the PATH"
            : !File.Exists(options.Manifest) ? $"there is no {options.Manifest}; pwsh ./build.ps1 makes it"
            : null;
    }

    /// <summary>A session that does what the script says, and ends.</summary>
    public static ProcessStartInfo OrderCommand(Options options, Scratch scratch, string script)
        => Order(options, scratch, "-Command", Preamble + script);

    /// <summary>The same, with its standard input free for the script: a -Command would have it read to its end first.</summary>
    public static ProcessStartInfo OrderFile(Options options, Scratch scratch, string script)
    {
        return Order(options, scratch, "-File", scratch.Write("session.ps1", Preamble + script));
    }

    /// <summary>The line that a user would type; the folder is an expression.</summary>
    public static string SaveLine(Scene scene, string folder)
    {
        string names = scene.Workload.OnlyFile is string file ? $" -FileName '{file}'" : string.Empty;
        return $"$null = Save-HubFile -RepoId '{Workload.Repo}'{names} -Endpoint '{scene.Hub.Endpoint}' -CachePath {folder}";
    }

    private static ProcessStartInfo Order(Options options, Scratch scratch, params string[] what)
    {
        ProcessStartInfo order = ChildProgram.Order(ChildProgram.Find("pwsh")!, ["-NoProfile", "-NonInteractive", .. what], scratch.Own);
        order.Environment["HUBCACHE_BENCH_MANIFEST"] = options.Manifest;
        return order;
    }
}
