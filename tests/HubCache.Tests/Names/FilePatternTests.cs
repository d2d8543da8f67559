using Xunit;

namespace HubCache.Tests.Names;

/// <summary>
/// The expected values are those of Python's <c>fnmatch.fnmatchcase</c> and of huggingface_hub's <c>filter_repo_objects</c> and its tests.
/// </summary>
public sealed class FilePatternTests
{
    [Theory]
    [InlineData("*.pdf", "not_hidden.pdf", true)]
    [InlineData("*.pdf", ".hidden.pdf", true)]
    [InlineData("*.pdf", "profile.jpg", false)]
    [InlineData(".*", ".hidden.pdf", true)]
    [InlineData(".*", "not_hidden.pdf", false)]
    [InlineData("path/to/", "path/to/file.txt", true)]
    [InlineData("path/to/", "path/to/deep/lfs.bin", true)]
    [InlineData("path/to/", "nested/path/to/file.txt", false)]
    [InlineData("path/to/", "path/to", false)]
    [InlineData("path/to", "path/to/file.txt", false)]
    [InlineData("", "file.txt", false)]
    [InlineData("*.MD", "notes.MD", true)]
    [InlineData("*.MD", "README.md", false)]
    [InlineData("*.md", "README.md", true)]
    [InlineData(@"unet\config.json", "unet/config.json", true)]
    [InlineData(@"unet\*.json", "unet/config.json", true)]
    [InlineData(@"unet\", "unet/model.bin", true)]
    [InlineData("data/*.json", "data/file.json", true)]
    [InlineData("data/*.json", "data/subdir/file.json", true)]
    [InlineData("onnx/*", "onnx/a/b.onnx", true)]
    [InlineData("*", "any/thing", true)]
    public void TheDocumentedCasesMatchAsDocumented(string pattern, string path, bool expected)
        => Assert.Equal(expected, FilePattern.Parse(pattern).Matches(path));

    [Theory]
    [InlineData("?.txt", "a.txt", true)]
    [InlineData("?.txt", "/.txt", true)]
    [InlineData("?.txt", "ab.txt", false)]
    [InlineData("?", "\ud83e\udd17", true)]
    [InlineData("[abc].bin", "b.bin", true)]
    [InlineData("[abc].bin", "d.bin", false)]
    [InlineData("[a-c].bin", "b.bin", true)]
    [InlineData("[!a-c].bin", "b.bin", false)]
    [InlineData("[!a-c].bin", "d.bin", true)]
    [InlineData("[!a-c]x", "/x", true)]
    [InlineData("[^a]", "^", true)]
    [InlineData("[^a]", "b", false)]
    [InlineData("[]]", "]", true)]
    [InlineData("[]a]", "a", true)]
    [InlineData("[!]a]", "]", false)]
    [InlineData("[!]a]", "b", true)]
    [InlineData("[a-]", "-", true)]
    [InlineData("[-a]", "-", true)]
    [InlineData("[a-c-e]", "-", true)]
    [InlineData("[a-c-e]", "d", false)]
    [InlineData("[c-a]", "b", false)]
    [InlineData("[c-a]", "c", false)]
    [InlineData("[!c-a]", "c", true)]
    [InlineData("[c-a!x]", "x", false)]
    [InlineData("[c-a!x]", "y", true)]
    [InlineData("[--0]", ".", true)]
    [InlineData("[a", "[a", true)]
    [InlineData("[a", "a", false)]
    [InlineData("[]", "[]", true)]
    [InlineData("[!]", "[!]", true)]
    [InlineData("a[b", "a[b", true)]
    [InlineData("br[1].txt", "br1.txt", true)]
    [InlineData("br[1].txt", "br[1].txt", false)]
    [InlineData("[*]", "*", true)]
    [InlineData("[*]", "a", false)]
    [InlineData("a.b", "axb", false)]
    [InlineData("*a*b*c", "xxaxxbxxc", true)]
    [InlineData("*a*b*c", "xxaxxcxxb", false)]
    [InlineData("**", "", true)]
    [InlineData("a*", "a", true)]
    [InlineData("*ab", "aab", true)]
    [InlineData("a\n*", "a\nb", true)]
    [InlineData("*", "a\nb", true)]
    [InlineData("[a-é]", "z", true)]
    public void PatternsMatchAsInPython(string pattern, string path, bool expected)
        => Assert.Equal(expected, FilePattern.Parse(pattern).Matches(path));

    [Fact]
    public void APatternOfManyStarsIsNoTrap()
    {
        string pattern = string.Concat(Enumerable.Repeat("*a", 40)) + "b";

        // By trying every split of the path this would outlive the test run.
        Assert.False(FilePattern.Parse(pattern).Matches(new string('a', 5000)));
    }

    [Theory]
    [InlineData("a.txt", false)]
    [InlineData("*", true)]
    [InlineData("a?", true)]
    [InlineData("br[1].txt", true)]
    [InlineData("onnx/", true)]
    [InlineData(@"onnx\", true)]
    [InlineData(@"onnx\model.onnx", false)]
    public void APatternIsToldFromAName(string text, bool expected) => Assert.Equal(expected, FilePattern.IsPattern(text));
}
