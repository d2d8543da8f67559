using HubCache.Platform;
using Xunit;

namespace HubCache.Tests.Platform;

public sealed class FileIdentityTests
{
    [Fact]
    public void WhatIsNotKnownEqualsNothing()
    {
        FileIdentity unknown = FileIdentity.Unknown;
        FileIdentity? missing = null;
        Assert.False(unknown == FileIdentity.Unknown);
        Assert.False(unknown.Equals((object)unknown));
        Assert.False(unknown == new FileIdentity(0, 0, 0));
        Assert.False(missing == FileIdentity.Unknown);
        Assert.DoesNotContain(unknown, new HashSet<FileIdentity> { unknown });
    }

    [Fact]
    public void AFileIsItselfByEachOfItsNumbers()
    {
        var file = new FileIdentity(1, 2, 3);
        Assert.True(file == new FileIdentity(1, 2, 3));
        Assert.All([new FileIdentity(9, 2, 3), new FileIdentity(1, 9, 3), new FileIdentity(1, 2, 9)], other => Assert.False(file == other));
        Assert.Equal(file.GetHashCode(), new FileIdentity(1, 2, 3).GetHashCode());
    }

    [Fact]
    public void WithoutAnIdentityTheNameStandsForAFile()
    {
        var facts = new FileFacts(FileKind.File, 1, DateTime.UnixEpoch, DateTime.UnixEpoch, FileIdentity.Unknown, null);
        Assert.Equal("a", facts.KeyOr("a"));
        Assert.Equal("1:2:3", (facts with { Identity = new FileIdentity(1, 2, 3) }).KeyOr("a"));
    }
}
