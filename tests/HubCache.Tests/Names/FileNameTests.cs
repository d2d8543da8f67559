using HubCache.Names;
using Xunit;

namespace HubCache.Tests.Names;

public sealed class FileNameTests
{
    [Theory]
    [InlineData("config.json")]
    [InlineData("onnx/model.onnx")]
    [InlineData(".gitattributes")]
    [InlineData("a b/c #1 100%+.txt")]
    [InlineData("br[1].bin")]
    [InlineData("ünïcode/日本語.txt")]
    [InlineData("console.txt")]
    [InlineData("com10")]
    [InlineData("...hidden")]
    [InlineData("emoji-\ud83e\udd17.md")]
    public void UsualNamesArePassedOnUnchanged(string name) => Assert.Equal(name, HubFileName.Parse(name).Value);

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../secret")]
    [InlineData("a/../../b")]
    [InlineData("a/..")]
    [InlineData("./a")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("//server/share/file")]
    [InlineData("a\0b")]
    public void WhatLeadsOutOrIsNoPathIsRefusedOnEverySystem(string name)
    {
        AssertRefused(name);
        Assert.All(
            (NameRules[])[NameRules.Linux, NameRules.MacOS, NameRules.Windows], rules => Assert.Null(HubFileName.TryParse(name, rules)));
    }

    [Theory]
    [InlineData("C:/windows")]
    [InlineData("C:file")]
    [InlineData(@"..\secret")]
    [InlineData(@"a\..\..\secret")]
    [InlineData(@"\\server\share\file")]
    [InlineData("file.txt:stream")]
    [InlineData("data/2023-08-29T17:55:24.parquet")]
    [InlineData("a\nb")]
    [InlineData("a\u001bb")]
    [InlineData("dot.")]
    [InlineData("dir./file")]
    [InlineData("space ")]
    [InlineData("dir /file")]
    [InlineData("...")]
    [InlineData(".. /x")]
    [InlineData("NUL")]
    [InlineData("con.txt")]
    [InlineData("dir/AUX/file")]
    [InlineData("Prn .txt")]
    [InlineData("COM1")]
    [InlineData("lpt9.log")]
    [InlineData("com\u00b9")]
    [InlineData("CONIN$")]
    [InlineData("a<b")]
    [InlineData("a>b")]
    [InlineData("a|b")]
    [InlineData("a\"b")]
    [InlineData("a*b")]
    [InlineData("a?b")]
    public void WhatOnlyWindowsCannotHaveIsANameElsewhere(string name)
    {
        Assert.Equal(name, HubFileName.Parse(name, NameRules.Linux).Value);
        Assert.Equal(name, HubFileName.Parse(name, NameRules.MacOS).Value);
        Assert.Equal(HubErrorCode.InvalidFileName, Assert.Throws<HubCacheException>(() => HubFileName.Parse(name, NameRules.Windows)).Code);
    }

    [Fact]
    public void TheRulesAreThoseOfTheSystem()
        => Assert.Equal(OperatingSystem.IsWindows(), HubFileName.TryParse("a:b") is null);

    [Fact]
    public void LoneSurrogatesAreRefused()
    {
        // Not as theory data: those travel as UTF-8, which has no lone surrogates.
        AssertRefused("a\ud800b");
        AssertRefused("a\udc00");
    }

    [Fact]
    public void NullIsRefused() => AssertRefused(null!);

    [Theory]
    [InlineData("a", 255, true)]
    [InlineData("a", 256, false)]
    [InlineData("ü", 127, true)]
    [InlineData("ü", 128, false)]
    public void PartsAreAsLongAsLinuxAllowsInBytes(string letter, int count, bool isAllowed)
    {
        string name = "dir/" + string.Concat(Enumerable.Repeat(letter, count));

        Assert.Equal(isAllowed, HubFileName.TryParse(name, NameRules.Linux) is not null);
        Assert.Equal(count <= 255, HubFileName.TryParse(name, NameRules.Windows) is not null);
    }

    private static void AssertRefused(string name)
    {
        var error = Assert.Throws<HubCacheException>(() => HubFileName.Parse(name));
        Assert.Equal(HubErrorCode.InvalidFileName, error.Code);
        Assert.NotEmpty(error.Advice);
        Assert.NotNull(error.Target);
    }
}
