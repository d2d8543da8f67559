using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Bench.Measuring;

namespace Bench;

/// <summary>A Hub in a process of its own, so that its work and its memory are not counted as anybody's.</summary>
internal sealed class HubProcess : IDisposable
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);

    private readonly Process _process;

    private HubProcess(Process process, string endpoint)
    {
        _process = process;
        Endpoint = endpoint;
    }

    /// <summary>Without a slash at its end.</summary>
    public string Endpoint { get; }

    public int ProcessId => _process.Id;

    public string AddressOf(HubFile file) => $"{Endpoint}/{Workload.Repo}/resolve/main/{file.Path}";

    public static async Task<HubProcess> StartAsync(Workload workload, Scratch scratch, CancellationToken cancellationToken)
    {
        string order = scratch.Write(
            "hub.json",
            JsonSerializer.Serialize(new[] { new { id = Workload.Repo, commits = new[] { new { files = workload.Files } } } }, _json));
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "FakeHub.dll"),
            "--repo-json", order,
            "--latency-ms", workload.LatencyMilliseconds.ToString(CultureInfo.InvariantCulture),
            "--storage-latency-ms", workload.StorageLatencyMilliseconds.ToString(CultureInfo.InvariantCulture),
            "--round-trip-ms", workload.RoundTripMilliseconds.ToString(CultureInfo.InvariantCulture),
            "--line-bytes-per-second", workload.LineBytesPerSecond.ToString(CultureInfo.InvariantCulture),
            "--bytes-per-second", workload.BytesPerSecondPerConnection.ToString(CultureInfo.InvariantCulture),
            .. workload.Tls ? new[] { "--tls-ca-file", AuthorityFile(scratch) } : [],
            "--stop-with-stdin", "--lifetime-seconds", "36000",
        ];
        Process process =
            Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            string ready =
                await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("FakeHub ended.");
            using var said = JsonDocument.Parse(ready);
            return new HubProcess(process, said.RootElement.GetProperty("endpoint").GetString()!);
        }
        catch
        {
            ChildProgram.End(process);
            throw;
        }
    }

    /// <summary>Where the certificate authority of a Hub with TLS is written to.</summary>
    private static string AuthorityFile(Scratch scratch) => Path.Combine(scratch.Own, ChildProgram.AuthorityFileName);

    public void Dispose()
    {
        ChildProgram.End(_process);
        _process.Dispose();
    }
}
