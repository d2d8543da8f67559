using HubCache.Names;
using HubCache.Platform;
using Xunit;

namespace HubCache.Tests.Names;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData('\0')]
    [InlineData('\n')]
    [InlineData('\r')]
    [InlineData('\t')]
    [InlineData('\u001b')]
    [InlineData('\u007f')]
    [InlineData('\u0085')]
    [InlineData('\u009b')]
    [InlineData('\u061c')]
    [InlineData('\u200e')]
    [InlineData('\u2028')]
    [InlineData('\u2029')]
    [InlineData('\u202e')]
    [InlineData('\u2066')]
    [InlineData('\u2069')]
    public void WhatATerminalOrALogWouldObeyIsReplaced(char c) => Assert.Equal("a\uFFFDb", PlainText.Of($"a{c}b"));

    [Theory]
    [InlineData("")]
    [InlineData("ünïcode/日本語 (1) \ud83e\udd17.txt")]
    [InlineData("zero\u200dwidth")]
    public void WhatIsReadIsLeft(string text) => Assert.Equal(text, PlainText.Of(text));

    [Fact]
    public void MessagesHaveIt()
    {
        var error = new HubCacheException(HubErrorCode.NotCached, "no '\u001b[31mred'", "\u001b[31mred", "Look for '\u202e'.");

        Assert.Equal(("no '\uFFFD[31mred'", "Look for '\uFFFD'."), (error.Message, error.Advice));
        Assert.Equal("\u001b[31mred", error.Target);
    }

    [Fact]
    public void ACauseThatQuotesAPathAsItIsIsLeftOut()
    {
        var raw = new IOException("Could not find '/x/\u001b[31mred'.");
        var plain = new IOException("Input/output error");

        Assert.Null(new DiskException(DiskError.Other, "list", "/x/\u001b[31mred", raw.Message, raw).InnerException);
        Assert.Null(new HubCacheException(
            HubErrorCode.CacheReadFailed, "no", "x", "Look.", new InvalidOperationException("outer", raw)).InnerException);
        Assert.Same(plain, new HubCacheException(HubErrorCode.CacheReadFailed, "no", "x", "Look.", plain).InnerException);
    }
}
