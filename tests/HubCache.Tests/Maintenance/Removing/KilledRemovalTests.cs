using System.Diagnostics;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Maintenance.Removing;

/// <summary>Removals in processes of their own, killed at some moment.</summary>
public sealed class KilledRemovalTests
{
    private const int Files = 400;
    private const int Rounds = 6;

    [Fact]
    public async Task LeaveNothingThatRefersToSomethingGone()
    {
        var random = new Random(7);
        for (int round = 0; round < Rounds; round++)
        {
            using var cache = new RemovalCache(isEmpty: true);
            for (int i = 0; i < Files; i++)
            {
                cache.AddFile(RemovalCache.Repo, RemovalCache.Old, $"part{i % 7}/{i}.txt", $"file {i}");
            }

            cache.Write(RemovalCache.Old, RemovalCache.Repo, "refs", "main");
            await KillOneAsync(cache, random.Next(0, 120));

            cache.AssertSound();
            RemovalCache.Outcome outcome = await cache.RemoveAsync("org/name");
            Assert.DoesNotContain(outcome.Errors, error => error.Code != HubErrorCode.NotCached);
            Assert.False(Directory.Exists(cache.At(RemovalCache.Repo)));
        }
    }

    private static async Task KillOneAsync(RemovalCache cache, int milliseconds)
    {
        var start = new ProcessStartInfo(
            WorkerProcess.Dotnet(), [Path.Combine(AppContext.BaseDirectory, "HubCache.Worker.dll"), "remove", cache.CachePath, "org/name"])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync());
        await Task.Delay(milliseconds);
        process.Kill();
        await process.WaitForExitAsync();
    }
}
