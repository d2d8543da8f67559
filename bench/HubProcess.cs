using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Bench;

/// <summary>A Hub with one file, in a process of its own, so that its work and its memory are not counted as ours.</summary>
internal sealed class HubProcess : IAsyncDisposable
{
    public const string Repo = "demo/bench";
    public const string File = "model.bin";

    private readonly Process _process;

    private HubProcess(Process process, Uri endpoint)
    {
        _process = process;
        Endpoint = endpoint;
    }

    public Uri Endpoint { get; }

    public Uri FileAddress => new(Endpoint, $"{Repo}/resolve/main/{File}");

    public static async Task<HubProcess> StartAsync(long fileLength, CancellationToken cancellationToken)
    {
        string order = Path.Combine(Path.GetTempPath(), $"hubcache-bench-{Environment.ProcessId}.json");
        await System.IO.File.WriteAllTextAsync(
            order,
            string.Create(CultureInfo.InvariantCulture, $$"""[{"id":"{{Repo}}","commits":[{"files":[{"path":"{{File}}","size":{{fileLength}}}]}]}]"""),
            cancellationToken);
        string program = Path.Combine(AppContext.BaseDirectory, "FakeHub.dll");
        string[] arguments = [program, "--repo-json", order, "--stop-with-stdin", "--lifetime-seconds", "1800"];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        Process process = Process.Start(start)!;
        try
        {
            string ready = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("FakeHub ended.");
            using JsonDocument said = JsonDocument.Parse(ready);
            return new HubProcess(process, new Uri(said.RootElement.GetProperty("endpoint").GetString()!));
        }
        catch
        {
            Tools.End(process);
            throw;
        }
        finally
        {
            System.IO.File.Delete(order);
        }
    }

    public ValueTask DisposeAsync()
    {
        Tools.End(_process);
        _process.Dispose();
        return ValueTask.CompletedTask;
    }
}
