using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace HubCache.Tests.Interop;

/// <summary>The hub client from npm, installed once per run into a folder of its own, so that the source tree stays as it is.</summary>
public sealed class NpmClient : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly string _folder = Directory.CreateTempSubdirectory("hubcache-npm-").FullName;

    /// <summary>Why there is no such client; null when there is one.</summary>
    internal static string? WhyNot { get; private set; }

    public async Task InitializeAsync()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Interop")))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        try
        {
            await RunAsync("node", ["--version"]);
            await RunAsync(
                OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"]);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or TimeoutException)
        {
            WhyNot = $"The client from npm is not to be had here: {e.Message}";
        }
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Where the client put the files; without names, the folder of the whole snapshot.</summary>
    public async Task<string[]> DownloadAsync(Uri hub, string cache, string type, string repo, string revision, params string[] files)
    {
        return await NodeAsync<string[]>("download.mjs", [hub.GetLeftPart(UriPartial.Authority), cache, type, repo, revision, .. files]);
    }

    /// <summary>Where the client finds the files without the network; null for those that it does not.</summary>
    public async Task<string?[]> LookUpAsync(string cache, string type, string repo, string commit, params string[] files)
    {
        return await NodeAsync<string?[]>("lookup.mjs", [cache, type, repo, commit, .. files]);
    }

    /// <summary>What the client says of a file that it read by Xet.</summary>
    public async Task<JsonNode> ReadByXetAsync(Uri hub, string repo, string file, string target)
        => await NodeAsync<JsonNode>("xet.mjs", [hub.GetLeftPart(UriPartial.Authority), repo, file, target]);

    /// <summary>The hash and the terms of a file that the client cut and packed, its xorbs lying in the folder.</summary>
    public async Task<JsonNode> PackAsync(string source, string folder) => await NodeAsync<JsonNode>("pack.mjs", [source, folder]);

    internal async Task<ClientScan> ScanAsync(string cache) => await NodeAsync<ClientScan>("scan.mjs", [cache]);

    private async Task<T> NodeAsync<T>(string script, IEnumerable<string> arguments)
    {
        string output = await RunAsync("node", [script, .. arguments]);
        return JsonSerializer.Deserialize<T>(output.TrimEnd().Split('\n')[^1], Json)!;
    }

    private async Task<string> RunAsync(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(
            program, arguments)
        { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(Patience);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return process.ExitCode == 0
                ? await output
                : throw new InvalidOperationException(
                    $"'{program} {string.Join(' ', start.ArgumentList)}' ended with {process.ExitCode}: {await errors}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{program}' took longer than {Patience.TotalMinutes} minutes.");
        }
    }
}
