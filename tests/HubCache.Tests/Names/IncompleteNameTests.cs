using HubCache.Cache;
using HubCache.Platform;
using Xunit;

namespace HubCache.Tests.Names;

public sealed class IncompleteNameTests
{
    private static readonly string ETag = new('a', 64);

    [Fact]
    public void ANewNameTellsWhoseItIs()
    {
        var name = IncompleteName.TryParse(IncompleteName.New(ETag).ToString())!;

        Assert.Equal(ETag, name.Prefix);
        Assert.Equal(ProcessIdentity.Current, name.Owner);
    }

    [Fact]
    public void TheLongestNameIsReadBackAndStaysUnder140Bytes()
    {
        // Linux has no pid above 4194304, and ticks since boot of this many digits last for 89 thousand years.
        var owner = new ProcessIdentity("0123456789ab", "01234567", 4_194_304, 0xffff_ffff_ffff);
        var name = new IncompleteName(ETag, 0x7ff_ffff_ffff, owner, "01234567");

        Assert.Equal(name, IncompleteName.TryParse(name.ToString()));
        Assert.InRange(name.ToString().Length, 1, 139);
    }

    [Fact]
    public void NoNameThatIsReadAsOursIsLonger()
    {
        string digits = new('f', 20);
        Assert.Null(IncompleteName.TryParse($"{ETag}.0123456789a-0123456789ab-01234567-{digits[..7]}-{digits[..13]}-01234567.incomplete"));
    }

    [Theory]
    [InlineData("{0}.incomplete")]
    [InlineData("{0}.0123abcd.incomplete")]
    [InlineData("{0}.free-0123abcd.incomplete")]
    [InlineData("{0}.0123456789a-0123456789ab-01234567-1-1-01234567.incomplete.bak")]
    [InlineData("../{0}.0123456789a-0123456789ab-01234567-1-1-01234567.incomplete")]
    [InlineData("{0}.0123456789a-0123456789ab-01234567-1-1-01234567.incomplete\n")]
    public void NamesOfOthersAreNotOurs(string format)
    {
        Assert.Null(IncompleteName.TryParse(string.Format(System.Globalization.CultureInfo.InvariantCulture, format, ETag)));
    }

    [Fact]
    public void OfTwoTheEarlierHasTheSmallerName()
    {
        var early = new IncompleteName(ETag, 1_700_000_000_000, ProcessIdentity.Current, "ffffffff");
        IncompleteName late = early with { UnixMilliseconds = 1_700_000_000_001, Random = "00000000" };

        Assert.True(string.CompareOrdinal(early.ToString(), late.ToString()) < 0);
    }

    [Theory]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.free-1234.incomplete", true)]
    [InlineData("model.free-1234.incomplete", false)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.free-1234", false)]
    public void OnlyABlobsTempCanBeFree(string name, bool isFree) => Assert.Equal(isFree, IncompleteName.IsFree(name));
}
