using HubCache.Platform;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Maintenance.Packing;

/// <summary>Every disk operation of an export and of an import fails once, at call 1, 2, 3 … until it gets through without it.</summary>
public sealed class PackingFaultTests
{
    private const int MostCalls = 400;

    public static TheoryData<string, int> Cases() => FaultyDisk.Failures(DiskError.InputOutput, DiskError.NoSpace);

    [Theory]
    [MemberData(nameof(Cases))]
    public void AnImportThatFailsLeavesNothingWrong(string operation, int error)
    {
        Repeat(operation, error, (cache, disk) =>
        {
            cache.Import(cache.Archive, disk);
        }, cache =>
        {
            CacheRules.AssertKept(cache.Target);
            if (operation != nameof(FaultyDisk.Delete) && Directory.Exists(cache.Target))
            {
                Assert.Empty(Directory.EnumerateFiles(cache.Target, "*.incomplete", SearchOption.AllDirectories));
            }

            // What failed once is no obstacle to the next.
            Assert.Single(cache.Import(cache.Archive));
            CacheRules.AssertKept(cache.Target);
            Assert.Equal(PackedCache.Commit, File.ReadAllText(Path.Combine(cache.Target, PackedCache.RefName)));
        });
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AnExportThatFailsLeavesTheOldArchiveOrAWholeOne(string operation, int error)
    {
        Repeat(operation, error, (cache, disk) =>
        {
            cache.Export(cache.Archive, disk, overwrite: true);
        }, cache =>
        {
            if (operation != nameof(FaultyDisk.Delete))
            {
                Assert.Empty(Directory.EnumerateFiles(cache.Root, "*.incomplete"));
            }

            Assert.Single(cache.Import(cache.Archive));
        });
    }

    private static void Repeat(string operation, int error, Action<PackedCache, FaultyDisk> act, Action<PackedCache> check)
    {
        FaultyDisk? disk = null;
        for (int number = 1; disk is not { HasFailed: false }; number++)
        {
            Assert.InRange(number, 1, MostCalls);
            using var cache = new PackedCache();
            disk = FaultyDisk.FailingAt(operation, number, (DiskError)error);
            try
            {
                act(cache, disk);
            }
            catch (HubCacheException e)
            {
                Assert.True(
                    e.Code is HubErrorCode.CacheWriteFailed or HubErrorCode.CacheReadFailed or HubErrorCode.NotCached,
                    $"{operation} {number}: {e.Code} {e.Message}");
            }

            check(cache);
        }
    }
}
