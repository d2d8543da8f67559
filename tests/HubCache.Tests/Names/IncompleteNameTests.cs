using HubCache.Ownership;
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

    [Theory]
    [InlineData("01234567", 4_194_304, 0xffff_ffff_ffff)]
    // Linux: no pid is greater, and so many ticks since boot last for 89 thousand years.
    [InlineData("0", int.MaxValue, long.MaxValue)] // Windows: a FILETIME.
    public void TheLongestNameIsReadBackAndFitsEverywhere(string space, int pid, long start)
    {
        var owner = new ProcessIdentity("89abcdef", "0123456789ab", space, pid, start);
        var name = new IncompleteName(ETag, 0x7ff_ffff_ffff, owner, 0xffff);

        Assert.Equal(name, IncompleteName.TryParse(name.ToString()));
        Assert.InRange(name.ToString().Length, 1, IncompleteName.Longest);
    }

    [Theory]
    [InlineData("{0}.0123456789a-01234567-0123456789ab-01234567-1-1-0123.incomplete", true)]
    [InlineData("{0}.0123456789a-01234567-0123456789ab-0-7fffffff-7fffffffffffffff-0123.incomplete", true)]
    [InlineData("{0}.0123456789a-01234567-0123456789ab-01234567-ffffffff-1-0123.incomplete", false)]
    [InlineData("{0}.0123456789a-01234567-0123456789ab-01234567-1-11111111111111111-0123.incomplete", false)]
    [InlineData("{0}.0123456789a-01234567-0123456789ab-01234567-1-1-0123-1.incomplete", false)]
    [InlineData("{0}.0123456789a-0123456789ab-01234567-1-1-01234567.incomplete", false)]
    public void ANameOfAnotherFormatIsNobodysWhoCouldBeAskedFor(string format, bool isOurs)
    {
        string name = string.Format(System.Globalization.CultureInfo.InvariantCulture, format, ETag);
        Assert.Equal(isOurs, IncompleteName.IsOurs(name));
        Assert.Equal(isOurs ? name : null, IncompleteName.TryParse(name)?.ToString());
        if (!isOurs)
        {
            Assert.Null(Liveness.JudgeAtOnce(name));
        }
    }

    [Theory]
    [InlineData("{0}.incomplete")]
    [InlineData("{0}.0123abcd.incomplete")]
    [InlineData("{0}.free-0123abcd.incomplete")]
    [InlineData("{0}.0123456789a-01234567-0123456789ab-01234567-1-1-0123.incomplete.bak")]
    [InlineData("../{0}.0123456789a-01234567-0123456789ab-01234567-1-1-0123.incomplete")]
    [InlineData("{0}.0123456789a-01234567-0123456789ab-01234567-1-1-0123.incomplete\n")]
    public void NamesOfOthersAreNotOurs(string format)
    {
        Assert.Null(IncompleteName.TryParse(string.Format(System.Globalization.CultureInfo.InvariantCulture, format, ETag)));
    }

    [Fact]
    public void NoTwoNamesOfOneMomentAreTheSame()
    {
        string[] names = [.. Enumerable.Range(0, 5000).AsParallel().Select(_ => IncompleteName.New("link").ToString())];
        Assert.Equal(names.Length, names.Distinct().Count());
    }

    [Fact]
    public void OfTwoTheEarlierHasTheSmallerName()
    {
        var early = new IncompleteName(ETag, 1_700_000_000_000, ProcessIdentity.Current, 0xffff);
        IncompleteName late = early with { UnixMilliseconds = 1_700_000_000_001, Serial = 0 };

        Assert.True(string.CompareOrdinal(early.ToString(), late.ToString()) < 0);
    }

    [Theory]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.free-1234.incomplete", true)]
    [InlineData("model.free-1234.incomplete", false)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.free-1234", false)]
    public void OnlyABlobsTempCanBeFree(string name, bool isFree) => Assert.Equal(isFree, IncompleteName.IsFree(name));
}
