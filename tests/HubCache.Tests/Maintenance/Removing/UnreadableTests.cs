using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Maintenance.Removing;

/// <summary>
/// Something of a repo cannot be read while a removal goes by it: nothing that is in use goes, and the error names the file.
/// </summary>
public sealed class UnreadableTests
{
    // A removal of eight files that reads more often than this has run wild.
    private const int MostReads = 1500;

    private static readonly string[] Reading = [
        nameof(Disk.OpenForReading),
        nameof(Disk.Read),
        nameof(Disk.Look),
        nameof(Disk.LookThrough),
        nameof(Disk.ReadLink),
        nameof(Disk.List)
    ];

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (string what in (string[])["detached", "unused", "size", "v1", "file"])
        {
            cases.Add(what, (int)DiskError.InputOutput);
            cases.Add(what, (int)DiskError.AccessDenied);
        }

        return cases;
    }

    /// <summary>Each read of a removal fails once, at call 1, 2, 3 …: what the request does not mean stays whole.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task OneFailedReadCostsNothingThatIsInUse(string what, int error)
    {
        (int number, bool isReached) = (0, true);
        while (isReached)
        {
            Assert.InRange(++number, 1, MostReads);
            using var cache = new RemovalCache();
            IReadOnlyList<string> before = Live(cache, what);
            (int calls, string? failed) = (0, null);
            var disk = new FaultyDisk
            {
                Fault = call =>
                {
                    bool fails = Reading.Contains(call.Operation) && ++calls == number;
                    failed = fails ? $"{call.Operation} {call.Path}" : failed;
                    return fails ? (DiskError)error : null;
                },
            };

            RemovalCache.Outcome? outcome = await TryAsync(cache, what, disk);

            isReached = failed is not null;
            IReadOnlyList<string> after = Live(cache, what);
            Assert.True(
                before.SequenceEqual(after),
                $"{what}, call {number} ({failed}): {string.Join(", ", before.Except(after))} went; "
                    + $"{string.Join("; ", outcome?.Errors.Select(e => e.Message) ?? [])}");
            cache.AssertSound();
        }

        Assert.True(number > 20, "the removal reads");
    }

    [Theory]
    [InlineData("detached")]
    [InlineData("unused")]
    [InlineData("size")]
    [InlineData("v1")]
    [InlineData("main")]
    [InlineData("repo")]
    public async Task ARefThatCannotBeReadStopsItsRepoWithAReadErrorThatNamesIt(string what)
    {
        using var cache = new RemovalCache();
        string[] before = [.. cache.Left()];
        string path = cache.At(RemovalCache.Repo, "refs", what == "v1" ? "v1" : "main");
        var disk = new FaultyDisk
        {
            Fault = call => call.Operation == nameof(Disk.OpenForReading) && call.Path == path ? DiskError.AccessDenied : null
        };

        RemovalCache.Outcome outcome = await cache.RemoveAsync(Request(what), disk);

        HubCacheException error = Assert.Single(outcome.Errors, error => error.Code == HubErrorCode.CacheReadFailed);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Equal(path, error.Target);
        Assert.DoesNotContain(outcome.Items, item => item.RepoId == "org/name");
        Assert.All(
            before.Where(name => name.StartsWith(RemovalCache.Repo, StringComparison.Ordinal)),
            name => Assert.Contains(name, cache.Left()));
    }

    /// <summary>A store's file that a second repo links to stays when that link cannot be looked at.</summary>
    [Fact]
    public async Task ALinkIntoTheSharedStoreThatCannotBeReadKeepsTheFile()
    {
        using var cache = new RemovalCache();
        (string etag, string file) = (CareCache.Etag('7'), CareCache.Etag('e'));
        cache.Write("1\n", "blobs", ".huggingface-shared-blobs");
        cache.Write("12345678", "blobs", "ee", file);
        cache.Write($"{RemovalCache.Repo}/blobs/{etag}\n{RemovalCache.Other}/blobs/{etag}\n", "blobs", "ee", file + ".refs");
        foreach (string repo in (string[])[RemovalCache.Repo, RemovalCache.Other])
        {
            cache.Link($"../../blobs/ee/{file}", repo, "blobs", etag);
            cache.Link($"../../blobs/{etag}", repo, "snapshots", RemovalCache.Old, "model.bin");
        }

        string other = cache.At(RemovalCache.Other, "blobs", etag);
        var disk =
            new FaultyDisk { Fault = call => call.Operation == nameof(Disk.ReadLink) && call.Path == other ? DiskError.InputOutput : null };

        await cache.RemoveAsync(Request("repo"), disk);

        Assert.True(File.Exists(cache.At("blobs", "ee", file)));
        Assert.Contains(
            $"{RemovalCache.Other}/blobs/{etag}",
            await File.ReadAllTextAsync(cache.At("blobs", "ee", file + ".refs")),
            StringComparison.Ordinal);
    }

    private static async Task<RemovalCache.Outcome?> TryAsync(RemovalCache cache, string what, FaultyDisk disk)
    {
        try
        {
            return await cache.RemoveAsync(Request(what), disk);
        }
        catch (HubCacheException e)
        {
            Assert.Equal(HubErrorCode.CacheReadFailed, e.Code);
            return null;
        }
    }

    /// <summary>What the request does not mean: everything, but for the old revision and what only that has.</summary>
    private static IReadOnlyList<string> Live(RemovalCache cache, string what)
    {
        string old = CacheRules.HashLike(new string('0', 64), System.Text.Encoding.UTF8.GetBytes(new string('o', 1000)));
        return [.. cache.Left().Where(path => !path.StartsWith(".locks", StringComparison.Ordinal))
            .Where(path => what is not ("v1" or "file") || !(path.Contains(
                RemovalCache.Repo, StringComparison.Ordinal) && (path.Contains(RemovalCache.Old, StringComparison.Ordinal)
                || path.EndsWith("refs/v1", StringComparison.Ordinal) || path.EndsWith(old, StringComparison.Ordinal))))
            .Where(path => !path.EndsWith(".no_exist", StringComparison.Ordinal) && !path.EndsWith("trees", StringComparison.Ordinal))];
    }

    private static RemovalRequest Request(string what) => what switch
    {
        "detached" => new RemovalRequest { Selections = [RemovalCache.Of("*")], Detached = true },
        "unused" => new RemovalRequest { Selections = [RemovalCache.Of("*")], Detached = true, UnusedFor = TimeSpan.Zero },
        "size" => new RemovalRequest { Selections = [RemovalCache.Of("*")], Detached = true, KeepBytes = 0 },
        "file" => new RemovalRequest { Selections = [RemovalCache.Of("org/name", "v1", "sub/*")] },
        "repo" => new RemovalRequest { Selections = [RemovalCache.Of("org/name")] },
        _ => new RemovalRequest { Selections = [RemovalCache.Of("org/name", what)] },
    };
}
