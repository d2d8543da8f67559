using HubCache.Resolving;
using Xunit;

namespace HubCache.Tests.Resolving;

/// <summary>Which files of a repo a request means.</summary>
public sealed class SelectionTests
{
    private static readonly string[] Paths =
        [".gitattributes", "a.json", "b.json", "br1.txt", "br[1].txt", "onnx/a.json", "onnx/deep/model.onnx"];

    [Fact]
    public void EverythingIsEverythingInOrder() => Assert.Equal(Paths, Picked([FileSelector.Everything]));

    [Fact]
    public void ANameThatExistsIsThatFileWhateverItWouldMatch() => Assert.Equal(["br[1].txt"], Picked([FileSelector.Parse("br[1].txt")]));

    [Fact]
    public void APatternThatIsNoNameIsAPattern() => Assert.Equal(["br1.txt"], Picked([FileSelector.Parse("br[12].txt")]));

    [Fact]
    public void ANameThatWasPipedIsNeverAPattern() => Assert.Equal([null], Picked([FileSelector.Of(HubFileName.Parse("br[12].txt"))]));

    [Fact]
    public void ATypedPathOfWindowsIsThePathOfTheRepo() => Assert.Equal(["onnx/a.json"], Picked([FileSelector.Parse(@"onnx\a.json")]));

    [Theory]
    [InlineData(@"a\b")]
    [InlineData(@"a\*")]
    [InlineData(@"?\b")]
    [InlineData(@"[a]\")]
    [InlineData("*b")]
    public void ABackslashIsFirstOfAllItself(string text)
    {
        string[] paths = [@"a\b", "c"];

        Assert.Equal([@"a\b"], Selection.From(Request([FileSelector.Parse(text)]), paths).Select(pick => pick.Path));
    }

    [Fact]
    public void ASlashIsNoBackslash()
        => Assert.Equal([null], Selection.From(Request([FileSelector.Parse("a/*")]), [@"a\b"]).Select(pick => pick.Path));

    [Fact]
    public void AFolderIsExactlyThatFolder()
        => Assert.Equal([@"a\b/c"], Selection.From(Request([FileSelector.Folder(@"a\b")]), [@"a\b/c", "a/b/c"]).Select(pick => pick.Path));

    [Theory]
    [InlineData("../a.json")]
    [InlineData("/a.json")]
    public void APathThatLeadsOutIsRefused(string text)
        => Assert.Equal(HubErrorCode.InvalidFileName, Assert.Throws<HubCacheException>(() => FileSelector.Parse(text)).Code);

    [Fact]
    public void EachFileComesOnceUnderTheFirstThatMeansIt()
    {
        IReadOnlyList<Pick> picks = Selection.From(Request([FileSelector.Parse("b.json"), FileSelector.Parse("*.json")]), Paths);

        Assert.Equal([(0, "b.json"), (1, "a.json"), (1, "onnx/a.json")], picks.Select(pick => (pick.Selector, pick.Path!)));
    }

    [Fact]
    public void WhatMatchesNothingIsAPickWithoutAPath()
        => Assert.Equal(
            [null, "a.json", null], Picked([FileSelector.Parse("*.gguf"), FileSelector.Parse("a.json"), FileSelector.Parse("nope.txt")]));

    [Fact]
    public void ExcludingTakesAwayByTheSameRules()
        => Assert.Equal(["b.json", "br1.txt"], Picked([FileSelector.Everything], ".*", "a.json", "br[1].txt", "onnx/"));

    [Fact]
    public void AnExcludedNameThatExistsIsThatFileAlone() => Assert.Equal(["br1.txt"], Picked([FileSelector.Parse("br*")], "br[1].txt"));

    [Fact]
    public void WhenAllIsExcludedNothingIsPicked()
        => Assert.Empty(Picked([FileSelector.Parse("*.json"), FileSelector.Parse("br1.txt")], "*"));

    private static IEnumerable<string?> Picked(IReadOnlyList<FileSelector> files, params string[] exclude)
        => Selection.From(Request(files, exclude), Paths).Select(pick => pick.Path);

    private static DownloadRequest Request(IReadOnlyList<FileSelector> files, params string[] exclude)
        => new() { RepoId = RepoId.Parse("org/name"), Files = files, Exclude = [.. exclude.Select(FilePattern.Parse)] };
}
