using Xunit;

namespace HubCache.Tests.Names;

public sealed class RepoIdTests
{
    private static readonly string LongestPart = new('a', 96);

    [Theory]
    [InlineData("gpt2")]
    [InlineData("org/name")]
    [InlineData("Org.X/na-me_1.2")]
    [InlineData("_org/_name_")]
    [InlineData("1/2")]
    public void UsualIdsArePassedOnUnchanged(string id) => Assert.Equal(id, RepoId.Parse(id).Value);

    [Theory]
    [InlineData("")]
    [InlineData("a/b/c")]
    [InlineData("/name")]
    [InlineData("org/")]
    [InlineData("org//name")]
    [InlineData("..")]
    [InlineData("../name")]
    [InlineData("org/..")]
    [InlineData("org/na..me")]
    [InlineData("org/na--me")]
    [InlineData("org--name")]
    [InlineData("-org/name")]
    [InlineData("org/.name")]
    [InlineData("org/name.")]
    [InlineData("org/name-")]
    [InlineData("org/name.git")]
    [InlineData("org/na me")]
    [InlineData("org/name\n")]
    [InlineData("org\\name")]
    [InlineData("org/nämé")]
    [InlineData("org/name?x=1")]
    [InlineData("org/name%2F..")]
    [InlineData("https://huggingface.co/org/name")]
    public void OthersAreRefused(string id)
    {
        Assert.Equal(HubErrorCode.InvalidRepoId, Assert.Throws<HubCacheException>(() => RepoId.Parse(id)).Code);
    }

    [Fact]
    public void EachSideMayHave96Letters()
    {
        Assert.Equal(193, RepoId.Parse($"{LongestPart}/{LongestPart}").Value.Length);
        Assert.Throws<HubCacheException>(() => RepoId.Parse($"org/{LongestPart}a"));
    }
}
