using System.Diagnostics;
using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests;

/// <summary>The engine can be used without PowerShell, by its public types alone.</summary>
public sealed class LibrarySampleTests
{
    [Fact]
    public async Task TheSampleDownloadsAFileAndSaysWhereItIs()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("config.json", "{}")]);
        var start = new ProcessStartInfo(
            WorkerProcess.Dotnet(), [Path.Combine(AppContext.BaseDirectory, "Library.dll"), "org/name", "config.json"])
        {
            RedirectStandardOutput = true,
            Environment = { ["HF_ENDPOINT"] = cache.Hub.Endpoint.AbsoluteUri, ["HF_HUB_CACHE"] = cache.Path },
        };

        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.Equal("{}", await File.ReadAllTextAsync(output.Trim()));
    }
}
