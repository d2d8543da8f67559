using System.Diagnostics;
using System.Globalization;

namespace Bench;

/// <summary>Save-HubFile in one session that stays open, as at a prompt; times are taken inside the session.</summary>
internal sealed class PowerShellSession : IDownload, IDisposable
{
    private const string Script = """
        param($Manifest, $Endpoint, $Repo, $File)
        $ErrorActionPreference = 'Stop'
        $ProgressPreference = 'SilentlyContinue'
        Import-Module $Manifest
        [Console]::Out.WriteLine('ready')
        while ($folder = [Console]::In.ReadLine()) {
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $null = Save-HubFile $Repo $File -Endpoint $Endpoint -CachePath $folder
            [Console]::Out.WriteLine($clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture))
        }
        """;

    private readonly Process _process;
    private readonly string _scriptPath;

    private PowerShellSession(Process process, string scriptPath)
    {
        _process = process;
        _scriptPath = scriptPath;
    }

    public string Name => "Save-HubFile";

    public static string? WhyNot(Options options)
    {
        return Tools.Find("pwsh") is null ? "there is no pwsh on the PATH."
            : !File.Exists(options.Manifest) ? $"there is no {options.Manifest}; pwsh ./build.ps1 makes it."
            : null;
    }

    public static async Task<PowerShellSession> StartAsync(HubProcess hub, Options options, CancellationToken cancellationToken)
    {
        string scriptPath = Path.Combine(Path.GetTempPath(), $"hubcache-bench-{Environment.ProcessId}.ps1");
        await File.WriteAllTextAsync(scriptPath, Script, cancellationToken);
        string[] arguments =
        [
            "-NoProfile", "-NonInteractive", "-File", scriptPath,
            options.Manifest, hub.Endpoint.AbsoluteUri.TrimEnd('/'), HubProcess.Repo, HubProcess.File,
        ];
        var start = new ProcessStartInfo(Tools.Find("pwsh")!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var session = new PowerShellSession(Process.Start(start)!, scriptPath);
        await session.ReadLineAsync(cancellationToken);
        return session;
    }

    public async Task<double> RunAsync(string folder, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(folder.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        return double.Parse(await ReadLineAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    public long PeakMemory() => Memory.PeakOf(_process.Id);

    public void Dispose()
    {
        Tools.End(_process);
        _process.Dispose();
        File.Delete(_scriptPath);
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        return await _process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The PowerShell session ended.");
    }
}
