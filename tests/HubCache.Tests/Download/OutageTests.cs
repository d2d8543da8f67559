using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Download;

/// <summary>Patience with a Hub that is down is lost once for a request, and not once for each of its files.</summary>
public sealed class OutageTests
{
    private const string SomeCommit = "0123456789abcdef0123456789abcdef01234567";

    [Fact]
    public async Task AHubThatIsDownIsNotAskedForEveryFileOfACommit()
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.Faults.Add(Fault.Status(503) with { Times = -1 });
        IEnumerable<string> names = Enumerable.Range(0, 40).Select(number => $"file{number}");

        IReadOnlyList<DownloadOutcome> outcomes =
            await cache.DownloadAsync(TestCache.Request("org/name", names, SomeCommit), cache.Options with { MaximumRetryCount = 1 });

        Assert.All(outcomes, outcome => Assert.Equal(HubErrorCode.HubUnreachable, outcome.Error!.Code));
        Assert.InRange(cache.Hub.Log.Count(), 1, 40);
    }

    [Fact]
    public async Task AStorageThatIsDownIsNotAskedForEveryFile()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeFile[] files = [.. Enumerable.Range(0, 40).Select(number => FakeFile.Generated($"file{number}", 20_000, seed: number))];
        cache.Hub.AddRepo("org/name").Commit("main", files);
        cache.Hub.Faults.Add(Fault.Status(503) with { Origin = Origin.Storage, Times = -1 });

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(
            TestCache.Request("org/name", files.Select(file => file.Path)), cache.Options with { MaximumRetryCount = 1 });

        Assert.All(outcomes, outcome => Assert.Equal(HubErrorCode.HubUnreachable, outcome.Error!.Code));
        Assert.Equal(40, outcomes.Select(outcome => outcome.Error).Distinct().Count());
        Assert.All(outcomes, outcome => Assert.Null(outcome.Error!.InnerException?.InnerException));
        Assert.InRange(cache.Hub.Log.Count(origin: Origin.Storage), 1, 40);
        Assert.Empty(cache.Incomplete());
    }

    [Theory]
    [InlineData("bad.bin", "a.txt", "b.txt")]
    [InlineData("a.txt", "bad.bin", "b.txt")]
    public async Task OneFilesServerErrorIsThatFilesAlone(params string[] names)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub
            .AddRepo("org/name")
            .Commit("main", [FakeFile.FromText("a.txt", "a"), FakeFile.FromText("b.txt", "b"), FakeFile.FromText("bad.bin", "bad")]);
        cache.Hub.Faults.Add(Fault.Status(500) with { PathContains = "bad.bin", Times = -1 });

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(TestCache.Request("org/name", names));

        Assert.Equal(
            names.Select(name => name == "bad.bin" ? HubErrorCode.HubUnreachable : (HubErrorCode?)null),
            outcomes.Select(outcome => outcome.Error?.Code));
    }
}
