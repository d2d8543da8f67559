using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace Race;

internal enum Role
{
    Old,
    Ours,
}

/// <summary>What a child process is to do.</summary>
internal sealed record ChildOrder
{
    private const string HiddenArgument = "--child";

    public required Role Role { get; init; }

    public required Uri Endpoint { get; init; }

    public required string CachePath { get; init; }

    public required string Repo { get; init; }

    public required string File { get; init; }

    public required string BlobPath { get; init; }

    public required long Length { get; init; }

    public bool Force { get; init; }

    public bool WithLocks { get; init; }

    /// <summary>The order among the program's arguments, if it was started as a child.</summary>
    public static ChildOrder? Read(string[] args)
        => args is [HiddenArgument, string order] ? JsonSerializer.Deserialize<ChildOrder>(order) : null;

    public string[] ToArguments() => [HiddenArgument, JsonSerializer.Serialize(this)];

    /// <summary>In the child: does it and prints the result.</summary>
    public async Task<int> CarryOutAsync()
    {
        ChildResult result = Role == Role.Old ? await OldProtocol.DownloadAsync(this) : await OurProtocol.DownloadAsync(this);
        Console.WriteLine(JsonSerializer.Serialize(result));
        return result.Error is null ? 0 : 1;
    }
}

/// <summary>What a child process has to say at its end.</summary>
internal sealed record ChildResult
{
    /// <summary>Of the bytes that it was given, read by their name in the snapshot.</summary>
    public string? Sha256 { get; init; }

    public string? Source { get; init; }

    public string? Error { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>This program once more, as a child.</summary>
internal sealed class Child : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<string> _output;

    private Child(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public bool IsKilled { get; private set; }

    public static Child Start(ChildOrder order)
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        string[] arguments = [.. isHost ? [Assembly.GetExecutingAssembly().Location] : Array.Empty<string>(), .. order.ToArguments()];
        return new Child(Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!);
    }

    /// <summary>SIGKILL: it gets no chance to tidy up.</summary>
    public void Kill()
    {
        IsKilled = true;
        _process.Kill();
    }

    public async Task<ChildResult> ResultAsync()
    {
        try
        {
            string output = await _output.WaitAsync(Patience);
            await _process.WaitForExitAsync().WaitAsync(Patience);
            return output.Length == 0
                ? new ChildResult { Error = $"exit code {_process.ExitCode}" }
                : JsonSerializer.Deserialize<ChildResult>(output)!;
        }
        catch (TimeoutException)
        {
            return new ChildResult { Error = $"not done after {Patience.TotalSeconds:0} seconds" };
        }
    }

    /// <summary>A child that still runs ends with us.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
