using Bench.Measuring;

namespace Bench.Contenders;

/// <summary>What a script pays: the start of pwsh, the import, Save-HubFile, and the end.</summary>
internal sealed class PowerShellProcess : IContender
{
    public const string Name = "Save-HubFile in a fresh pwsh";

    private readonly Scene _scene;

    private PowerShellProcess(Scene scene) => _scene = scene;

    public string Title => Name;

    public long? IdleBytes { get; private init; }

    public static async Task<PowerShellProcess> PrepareAsync(Scene scene, CancellationToken cancellationToken)
    {
        ChildRun idle =
            await ChildProgram.RunAsync(PowerShell.OrderCommand(scene.Options, scene.Scratch, PowerShell.Import), cancellationToken);
        return new PowerShellProcess(scene) { IdleBytes = idle.PeakBytes };
    }

    public async Task<Reading> RunAsync(string folder, CancellationToken cancellationToken)
    {
        string script = $"{PowerShell.Import}; {PowerShell.SaveLine(_scene, $"'{folder}'")}";
        ChildRun run = await ChildProgram.RunAsync(PowerShell.OrderCommand(_scene.Options, _scene.Scratch, script), cancellationToken);
        return new Reading(run.Seconds, run.PeakBytes);
    }
}
