using System.Diagnostics;
using System.Text.Json;

namespace HubCache.Tests.Support;

/// <summary>A download in a process of its own.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    // Another user may not read below root's home, where the tests may have been built.
    private static readonly Lazy<string> OpenFolder = new(CopyForEverybody);

    private WorkerProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public static WorkerProcess Download(TestCache cache, string repo, string file, params string[] options)
    {
        return Start([], null, [cache.Hub.Endpoint.AbsoluteUri, cache.Path, repo, file, .. options]);
    }

    /// <param name="before">A command that starts the rest of its arguments, such as <c>setpriv …</c>.</param>
    /// <param name="environment">What to set, or to unset by null; null leaves all as it is.</param>
    /// <param name="arguments">For the worker.</param>
    public static WorkerProcess Start(
        IReadOnlyList<string> before, IReadOnlyDictionary<string, string?>? environment, IReadOnlyList<string> arguments)
    {
        string folder = before.Count > 0 && before[0] == "setpriv" ? OpenFolder.Value : AppContext.BaseDirectory;
        string[] command = [.. before, Dotnet(), Path.Combine(folder, "HubCache.Worker.dll"), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return new WorkerProcess(start);
    }

    public async Task<IReadOnlyDictionary<string, string?>> ResultAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(patience.Token);
        string output = await _output;
        return output.Length > 0
            ? JsonSerializer.Deserialize<Dictionary<string, string?>>(output)!
            : throw new InvalidOperationException(await _errors);
    }

    /// <summary>SIGKILL: no clean-up of any kind.</summary>
    public void Kill() => _process.Kill();

    public async Task ExitAsync() => await _process.WaitForExitAsync();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static string CopyForEverybody()
    {
        string folder = Directory.CreateTempSubdirectory("hubcache-worker-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        Open(folder, (UnixFileMode)0b111_101_101);
        foreach (string pattern in new[] { "HubCache*.dll", "HubCache.Worker.*.json", "Polly*.dll" })
        {
            foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory, pattern))
            {
                string copy = Path.Combine(folder, Path.GetFileName(file));
                File.Copy(file, copy);
                Open(copy, (UnixFileMode)0b110_100_100);
            }
        }

        return folder;
    }

    private static void Open(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    public static string Dotnet()
    {
        return Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
            ?? (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet");
    }
}
