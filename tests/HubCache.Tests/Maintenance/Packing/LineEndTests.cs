using System.Text;
using System.Text.Json.Nodes;
using HubCache.Store;
using Xunit;

namespace HubCache.Tests.Maintenance.Packing;

public sealed class LineEndTests
{
    [Fact]
    public void LinesEndInLineFeedsOnEverySystem()
    {
        string text = Encoding.UTF8.GetString(IndentedJson.Write(new JsonObject { ["one"] = 1, ["text"] = "a\r\nb" }));
        Assert.DoesNotContain('\r', text);
        Assert.Equal(4, text.Split('\n').Length);
        Assert.Equal("a\r\nb", JsonNode.Parse(text)!["text"]!.GetValue<string>());
    }

    [Fact]
    public void WhatWindowsWritesBecomesTheSame() => Assert.Equal("{\n  \"a\": 1\n}", IndentedJson.WithLineFeeds("{\r\n  \"a\": 1\r\n}"));
}
