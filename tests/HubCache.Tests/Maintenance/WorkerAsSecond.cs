using System.Diagnostics;

namespace HubCache.Tests.Maintenance;

/// <summary>A second process that asks for locks on the real disk.</summary>
internal sealed class WorkerAsSecond : ISecondProcess
{
    public async Task<IReadOnlyList<string>> AskForLocksAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
            ?? (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet");
        var start = new ProcessStartInfo(
            dotnet, [Path.Combine(AppContext.BaseDirectory, "HubCache.Worker.dll"), "lock", .. paths])
        { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        return (await process.StandardOutput.ReadToEndAsync(cancellationToken)).Trim().Split(' ');
    }
}

/// <summary>A second process that cannot be started.</summary>
internal sealed class NoSecond : ISecondProcess
{
    public Task<IReadOnlyList<string>> AskForLocksAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
        => throw new IOException("none to be had.");
}

/// <summary>A second process that never answers.</summary>
internal sealed class HangingSecond : ISecondProcess
{
    public async Task<IReadOnlyList<string>> AskForLocksAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return [];
    }
}
