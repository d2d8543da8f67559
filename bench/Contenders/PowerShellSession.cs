using System.Diagnostics;
using System.Globalization;
using Bench.Measuring;

namespace Bench.Contenders;

/// <summary>Save-HubFile in one session that stays open, as at a prompt; times are taken inside the session.</summary>
internal sealed class PowerShellSession : IContender, IDisposable
{
    public const string Name = "Save-HubFile in an open session";

    private readonly Process _process;

    private PowerShellSession(Process process) => _process = process;

    public string Title => Name;

    public long? IdleBytes { get; private init; }

    public int ProcessId => _process.Id;

    public static async Task<PowerShellSession> StartAsync(Scene scene, CancellationToken cancellationToken)
    {
        string script = $$"""
            {{PowerShell.Import}}
            [Console]::Out.WriteLine('ready')
            while ($folder = [Console]::In.ReadLine()) {
                $clock = [Diagnostics.Stopwatch]::StartNew()
                {{PowerShell.SaveLine(scene, "$folder")}}
                [Console]::Out.WriteLine($clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture))
            }
            """;
        Process process = Process.Start(PowerShell.OrderFile(scene.Options, scene.Scratch, script))!;
        try
        {
            await ReadLineAsync(process, cancellationToken);
            return new PowerShellSession(process) { IdleBytes = PeakMemory.Of(process.Id) };
        }
        catch
        {
            ChildProgram.End(process);
            throw;
        }
    }

    public async Task<Reading> RunAsync(string folder, CancellationToken cancellationToken)
    {
        PeakMemory.Forget(_process.Id);
        await _process.StandardInput.WriteLineAsync(folder.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        string seconds = await ReadLineAsync(_process, cancellationToken);
        return new Reading(double.Parse(seconds, CultureInfo.InvariantCulture), PeakMemory.Of(_process.Id));
    }

    public void Dispose()
    {
        ChildProgram.End(_process);
        _process.Dispose();
    }

    private static async Task<string> ReadLineAsync(Process process, CancellationToken cancellationToken)
    {
        return await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("the session ended");
    }
}
