using Xunit;

namespace HubCache.Tests.Names;

/// <summary>Etags and commits: hex digits of one length, or nothing.</summary>
public sealed class HashNameTests
{
    private const string Sha1 = "0123456789abcdef0123456789abcdef01234567";
    private const string Sha256 = Sha1 + "0123456789abcdef01234567";

    [Theory]
    [InlineData("\"" + Sha1 + "\"", Sha1)]
    [InlineData("W/\"" + Sha1 + "\"", Sha1)]
    [InlineData(Sha256, Sha256)]
    [InlineData(" \"" + Sha256 + "\" ", Sha256)]
    public void AnETagLosesItsWeakMarkAndQuotes(string header, string expected)
    {
        var etag = ETag.TryParseHeader(header)!;

        Assert.Equal(expected, etag.Value);
        Assert.Equal(expected.Length == 64, etag.IsSha256);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("\"abc\"")]
    [InlineData("\"../../../etc/passwd\"")]
    [InlineData("\"0123456789ABCDEF0123456789abcdef01234567\"")]
    [InlineData("\"" + Sha1 + "-2\"")]
    [InlineData("\"" + Sha1 + "0\"")]
    [InlineData("\"g123456789abcdef0123456789abcdef01234567\"")]
    public void AnETagThatIsNoHashIsRefusedAsAName(string? header) => Assert.Null(ETag.TryParseHeader(header));

    [Theory]
    [InlineData(Sha1)]
    [InlineData(Sha1 + "\n")]
    [InlineData("  " + Sha1 + "\r\n")]
    public void ACommitIsReadWithWhiteSpaceAroundIt(string text) => Assert.Equal(Sha1, CommitHash.TryParse(text)!.Value);

    [Theory]
    [InlineData(null)]
    [InlineData("main")]
    [InlineData(Sha256)]
    [InlineData("../" + Sha1)]
    [InlineData("0123456789ABCDEF0123456789ABCDEF01234567")]
    [InlineData("\u0660123456789abcdef0123456789abcdef0123456")]
    public void AnythingElseIsNoCommit(string? text) => Assert.Null(CommitHash.TryParse(text));
}
