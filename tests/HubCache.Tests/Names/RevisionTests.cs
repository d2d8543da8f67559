using Xunit;

namespace HubCache.Tests.Names;

public sealed class RevisionTests
{
    [Theory]
    [InlineData("main")]
    [InlineData("v1.0.0")]
    [InlineData("refs/pr/1")]
    [InlineData("feature/x-y_z")]
    [InlineData("0123abc")]
    [InlineData("refs/convert/parquet")]
    public void BranchesTagsAndPullRequestsHaveNoCommit(string name)
    {
        var revision = Revision.Parse(name);

        Assert.Equal(name, revision.Value);
        Assert.Null(revision.Commit);
    }

    [Fact]
    public void AFullHashIsACommitInLowerCase()
    {
        var revision = Revision.Parse("0123456789ABCDEF0123456789abcdef01234567");

        Assert.Equal("0123456789abcdef0123456789abcdef01234567", revision.Value);
        Assert.Equal(revision.Value, revision.Commit!.Value);
    }

    [Theory]
    [InlineData("nul")]
    [InlineData("aux.v1")]
    [InlineData("a|b")]
    [InlineData("a<b>\"c")]
    [InlineData("a./b")]
    public void NamesThatOnlyWindowsCannotHaveAreRefsElsewhere(string name)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Throws<HubCacheException>(() => Revision.Parse(name));
        }
        else
        {
            Assert.Equal(name, Revision.Parse(name).Value);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a..b")]
    [InlineData("../../etc")]
    [InlineData("/main")]
    [InlineData("main/")]
    [InlineData("a//b")]
    [InlineData("a b")]
    [InlineData("a~1")]
    [InlineData("a^")]
    [InlineData("a:b")]
    [InlineData("a?")]
    [InlineData("a*")]
    [InlineData("a[1]")]
    [InlineData("a\\b")]
    [InlineData("a\tb")]
    [InlineData("a\u007f")]
    [InlineData("@")]
    [InlineData("a@{1}")]
    [InlineData(".hidden")]
    [InlineData("a/.b")]
    [InlineData("main.")]
    [InlineData("main.lock")]
    [InlineData("a.lock/b")]
    public void NamesThatGitOrAFileSystemRefusesAreRefused(string name)
    {
        Assert.Equal(HubErrorCode.InvalidRevision, Assert.Throws<HubCacheException>(() => Revision.Parse(name)).Code);
    }
}
