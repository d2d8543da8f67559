using HubCache.Hub.Network;
using Xunit;

namespace HubCache.Tests.Hub.Network;

/// <summary>NO_PROXY as curl and Python read it.</summary>
public sealed class NoProxyTests
{
    [Theory]
    [InlineData("*", "https://huggingface.co/", true)]
    [InlineData("example.com, *", "https://huggingface.co/", true)]
    [InlineData("huggingface.co", "https://huggingface.co/", true)]
    [InlineData("huggingface.co", "https://cdn-lfs.huggingface.co/", true)]
    [InlineData(".huggingface.co", "https://cdn-lfs.huggingface.co/", true)]
    [InlineData(".huggingface.co", "https://huggingface.co/", true)]
    [InlineData("*.huggingface.co", "https://cdn-lfs.huggingface.co/", true)]
    [InlineData("huggingface.co", "https://nothuggingface.co/", false)]
    [InlineData(".huggingface.co", "https://nothuggingface.co/", false)]
    [InlineData("face.co", "https://huggingface.co/", false)]
    [InlineData("huggingface.co", "https://huggingface.co.evil.example/", false)]
    [InlineData("HuggingFace.CO", "https://HUGGINGFACE.co/", true)]
    [InlineData("huggingface.co.", "https://huggingface.co/", true)]
    [InlineData("huggingface.co", "https://huggingface.co./", true)]
    [InlineData("huggingface.co:443", "https://huggingface.co/", true)]
    [InlineData("huggingface.co:443", "http://huggingface.co/", false)]
    [InlineData("huggingface.co:8080", "https://huggingface.co/", false)]
    [InlineData("http://huggingface.co", "https://huggingface.co/", false)]
    [InlineData("https://huggingface.co/", "https://huggingface.co/", true)]
    [InlineData("a.example b.example\thub.example", "http://hub.example/", true)]
    [InlineData("a.example ,\n hub.example,", "http://hub.example/", true)]
    [InlineData("localhost", "http://localhost:8080/", true)]
    [InlineData("localhost", "http://127.0.0.1:8080/", false)]
    [InlineData("<local>", "http://intranet/", true)]
    [InlineData("<local>", "http://hub.example/", false)]
    [InlineData("127.0.0.1", "http://127.0.0.1:8080/", true)]
    [InlineData("127.0.0.1:8080", "http://127.0.0.1:8080/", true)]
    [InlineData("127.0.0.1:8081", "http://127.0.0.1:8080/", false)]
    [InlineData("10.0.0.0/8", "http://10.200.3.4/", true)]
    [InlineData("10.0.0.0/8", "http://11.0.0.1/", false)]
    [InlineData("192.168.4.0/22", "http://192.168.7.255/", true)]
    [InlineData("192.168.4.0/22", "http://192.168.8.0/", false)]
    [InlineData("10.0.0.0/8", "http://hub.10.0.0.1.example/", false)]
    [InlineData("0.0.0.0/0", "http://8.8.8.8/", true)]
    [InlineData("0.0.0.0/0", "http://[2001:db8::1]/", false)]
    [InlineData("::1", "http://[::1]:8080/", true)]
    [InlineData("[::1]", "http://[::1]:8080/", true)]
    [InlineData("[::1]:8080", "http://[::1]:8080/", true)]
    [InlineData("[::1]:8081", "http://[::1]:8080/", false)]
    [InlineData("fd00::/8", "http://[fd12:3456::1]/", true)]
    [InlineData("fd00::/8", "http://[2001:db8::1]/", false)]
    [InlineData("2001:db8::/33", "http://[2001:db8:7fff::1]/", true)]
    [InlineData("2001:db8::/33", "http://[2001:db8:8000::1]/", false)]
    [InlineData("10.0.0.0/8", "http://[::ffff:10.1.2.3]/", true)]
    [InlineData("bücher.example", "http://xn--bcher-kva.example/", true)]
    [InlineData("", "https://huggingface.co/", false)]
    [InlineData("0.0.0.1", "http://hub.example/", false)]
    public void AnEntryExcludesWhatItNames(string list, string address, bool isExcluded)
    {
        NoProxyRules rules = NoProxyRules.Parse(list);
        Assert.Equal((isExcluded, (string?)null), (rules.Exclude(new Uri(address)), rules.Unreadable));
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/x")]
    [InlineData("fd00::/129")]
    [InlineData("hub.example:99999")]
    [InlineData("hub.example:port")]
    [InlineData("ftp://hub.example")]
    [InlineData("10/8")]
    [InlineData("*hub*")]
    [InlineData("[::1")]
    [InlineData("192.168.")]
    [InlineData(".2.3")]
    [InlineData("10")]
    public void WhatCannotBeReadIsSaid(string entry)
    {
        Assert.Contains(entry, NoProxyRules.Parse($"a.example,{entry}").Unreadable);
    }

    [Fact]
    public void AnEntryWithAPasswordIsNotRepeated()
    {
        Assert.DoesNotContain("secret", NoProxyRules.Parse("http://user:secret@proxy.example:x").Unreadable);
    }
}
