using HubCache.Ownership;
using Xunit;

namespace HubCache.Tests.Ownership;

/// <summary>Times that are judged against each other have to follow each other, with room for a busy machine.</summary>
public sealed class ProtocolTimesTests
{
    [Fact]
    public void TheyFollowEachOther()
    {
        TimeSpan[] inOrder =
        [
            ProtocolTimes.ListingAge, ProtocolTimes.Settling, ProtocolTimes.RemovalGrace, ProtocolTimes.LockHolderPatience,
            ProtocolTimes.TouchInterval, ProtocolTimes.NameBeforeLock, ProtocolTimes.Stale, ProtocolTimes.BetweenLooks,
            ProtocolTimes.MarkSilence, ProtocolTimes.Filling, ProtocolTimes.MinimumAge,
        ];

        Assert.Equal(inOrder.Order(), inOrder);
        Assert.Equal(inOrder.Distinct(), inOrder);
    }

    [Fact]
    public void AnOwnerMayMissSomeTouchesBeforeItIsStale()
    {
        Assert.True(ProtocolTimes.Stale >= 5 * ProtocolTimes.TouchInterval);
        Assert.True(ProtocolTimes.MarkSilence >= 10 * ProtocolTimes.TouchInterval);
    }

    [Fact]
    public void ALookIsNewerThanTheContestIsOld() => Assert.True(ProtocolTimes.Settling >= 2 * ProtocolTimes.ListingAge);

    /// <summary>A removal that read the marks more seldom could take a download for stale that had only just begun.</summary>
    [Fact]
    public void ARemovalLooksAgainBeforeAMarkIsStale()
        => Assert.True(ProtocolTimes.LongestUnseen + (2 * ProtocolTimes.TouchInterval) < ProtocolTimes.Stale);

    /// <summary>Two looks see a change that an NFS client keeps from one of them.</summary>
    [Fact]
    public void TwoLooksAreAsFarApartAsAnAttributeCacheIsOld() => Assert.True(ProtocolTimes.BetweenLooks >= TimeSpan.FromSeconds(60));

    /// <summary>An owner that cannot be asked may sleep for hours, as a suspended machine does.</summary>
    [Fact]
    public void NothingIsDeadBeforeADay() => Assert.True(ProtocolTimes.MinimumAge >= TimeSpan.FromHours(24));
}
