using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;

namespace HubCache.PowerShell;

/// <summary>A second process to ask for locks: the same PowerShell once more, since nothing else is sure to be at hand.</summary>
internal sealed class SecondPwsh : ISecondProcess
{
    private const string Mark = "HubCache answers ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> AskForLocksAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        using Process process = Start(Script(paths));
        try
        {
            // An input that stays open would be waited for.
            process.StandardInput.Close();
            Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
            string output = await process.StandardOutput.ReadToEndAsync(patience.Token).ConfigureAwait(false);
            string[] answers = [.. output
                .Split('\n')
                .Where(line => line.StartsWith(Mark, StringComparison.Ordinal))
                .Select(line => line[Mark.Length..].Trim())];
            return answers.Length == paths.Count
                ? answers
                : throw new IOException($"PowerShell said: {FirstLine(await errors.ConfigureAwait(false))}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"PowerShell did not answer within {Patience.TotalSeconds:0} seconds.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static Process Start(string script)
    {
        string[] arguments =
        [
            .. Program(), "-NoLogo", "-NoProfile", "-NonInteractive", "-OutputFormat", "Text",
            "-EncodedCommand", Convert.ToBase64String(Encoding.Unicode.GetBytes(script)),
        ];
        var start = new ProcessStartInfo(arguments[0], arguments[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true,
        };
        start.Environment["NO_COLOR"] = "1";
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            throw new IOException($"PowerShell could not be started: {e.Message}", e);
        }
    }

    /// <summary>This very program where it is a PowerShell; in another host, the one that the host's engine came with.</summary>
    private static IEnumerable<string> Program()
    {
        string home = Path.GetDirectoryName(typeof(PSObject).Assembly.Location) ?? string.Empty;
        string installed = Path.Combine(home, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh");
        string library = Path.Combine(home, "pwsh.dll");
        return Environment.ProcessPath switch
        {
            string self when Path.GetFileName(self).StartsWith("pwsh", StringComparison.OrdinalIgnoreCase) => [self],
            _ when File.Exists(installed) => [installed],
            string dotnet when Path.GetFileNameWithoutExtension(dotnet) == "dotnet" && File.Exists(library) => [dotnet, library],
            _ => throw new IOException("this program is no pwsh, and none lies beside its engine."),
        };
    }

    private static string Script(IEnumerable<string> paths)
    {
        string files = string.Join(", ", paths.Select(Quoted));
        return $"$ErrorActionPreference = 'Stop'; $null = "
            + $"[System.Reflection.Assembly]::LoadFrom({Quoted(typeof(LockQuestion).Assembly.Location)}); "
            + $"{files} | ForEach-Object {{ '{Mark}' + [{typeof(LockQuestion).FullName}]::Ask($_) }}";
    }

    private static string Quoted(string text) => $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";

    private static string FirstLine(string text)
        => text.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0) ?? "nothing.";
}
