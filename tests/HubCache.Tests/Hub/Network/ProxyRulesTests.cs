using System.Net;
using HubCache.Hub.Network;
using Xunit;

namespace HubCache.Tests.Hub.Network;

/// <summary>Which proxy leads where, and who is told its password.</summary>
public sealed class ProxyRulesTests
{
    [Theory]
    [InlineData("HTTPS_PROXY=http://p:1", "https://hub/", "http://p:1/")]
    [InlineData("https_proxy=http://p:1", "https://hub/", "http://p:1/")]
    [InlineData("HTTPS_PROXY=http://p:1", "http://hub/", null)]
    [InlineData("HTTP_PROXY=http://p:1", "http://hub/", "http://p:1/")]
    [InlineData("HTTP_PROXY=http://p:1", "https://hub/", null)]
    [InlineData("HTTP_PROXY=http://p:1;REQUEST_METHOD=GET", "http://hub/", null)]
    [InlineData("http_proxy=http://p:1;REQUEST_METHOD=GET", "http://hub/", "http://p:1/")]
    [InlineData("ALL_PROXY=http://p:1", "https://hub/", "http://p:1/")]
    [InlineData("ALL_PROXY=http://p:1;HTTP_PROXY=http://q:2", "http://hub/", "http://q:2/")]
    [InlineData("HTTPS_PROXY=http://p:1;https_proxy=http://q:2", "https://hub/", "http://q:2/")]
    [InlineData("HTTPS_PROXY=http://p:1;https_proxy=", "https://hub/", null)]
    [InlineData("HTTPS_PROXY=p:1", "https://hub/", "http://p:1/")]
    [InlineData("HTTPS_PROXY=p", "https://hub/", "http://p/")]
    [InlineData("HTTPS_PROXY=https://p", "https://hub/", "https://p/")]
    [InlineData("HTTPS_PROXY=http://user:secret@p:1/", "https://hub/", "http://p:1/")]
    [InlineData("HTTPS_PROXY=http://us%20er:se/cr@et#?@p:1/", "https://hub/", "http://p:1/")]
    [InlineData("HTTPS_PROXY=socks5h://p:1", "https://hub/", "socks5://p:1/")]
    [InlineData("HTTPS_PROXY=SOCKS5://p", "https://hub/", "socks5://p:1080/")]
    [InlineData("HTTPS_PROXY=socks4a://user@[::1]", "https://hub/", "socks4a://[::1]:1080/")]
    [InlineData("HTTPS_PROXY=socks4://p:1", "https://hub/", "socks4://p:1/")]
    [InlineData("HTTPS_PROXY=http://p:1;NO_PROXY=hub", "https://hub/", null)]
    [InlineData("HTTPS_PROXY=http://p:1;no_proxy=hub;NO_PROXY=", "https://hub/", null)]
    [InlineData("HTTPS_PROXY=http://p:1;NO_PROXY=hub;no_proxy=other", "https://hub/", "http://p:1/")]
    [InlineData("HTTPS_PROXY=ftp://p:1;NO_PROXY=hub", "https://hub/", null)]
    [InlineData("HTTPS_PROXY=http://p:1;NO_PROXY=hub,10.0.0.0/99", "https://hub/", null)]
    [InlineData("NO_PROXY=10.0.0.0/99", "https://hub/", null)]
    public void TheEnvironmentSaysWhichProxyLeadsThere(string environment, string address, string? proxy)
    {
        Assert.Equal(proxy, Rules(environment).For(new Uri(address))?.AbsoluteUri);
    }

    [Theory]
    [InlineData("HTTPS_PROXY=ftp://user:secret@p:1")]
    [InlineData("HTTPS_PROXY=http://user:secret@")]
    [InlineData("ALL_PROXY=http://user:secret@p:99999")]
    [InlineData("HTTPS_PROXY=http://user:secret@p:1;NO_PROXY=10.0.0.0/99")]
    public void WhatCannotBeHonouredIsAnErrorThatRepeatsNoPassword(string environment)
    {
        var error = Assert.Throws<HubCacheException>(() => Rules(environment).For(new Uri("https://hub/")));
        Assert.Equal(HubErrorCode.InvalidOption, error.Code);
        Assert.DoesNotContain("secret", error.ToString() + error.Advice + error.Target, StringComparison.Ordinal);
    }

    [Fact]
    public void APasswordGoesToItsProxyOnly()
    {
        ProxyRules rules = Rules("HTTPS_PROXY=http://one:first%40@p:1;HTTP_PROXY=http://two:second@q:2");
        Assert.Equal(("one", "first@"), User(rules, "http://p:1"));
        Assert.Equal(("two", "second"), User(rules, "http://q:2"));
        Assert.Null(rules.GetCredential(new Uri("http://r:3"), "Basic"));
    }

    [Fact]
    public void TheCallersCredentialBeatsThatOfTheAddress()
    {
        ProxyRules rules = ProxyRules.Of(new Uri("http://one:first@p:1"), new NetworkCredential("mine", "own"), _ => null, system: null);
        Assert.Equal(("mine", "own"), User(rules, "http://p:1"));
    }

    [Fact]
    public void TheNamedProxyIsAskedForEverything()
    {
        ProxyRules rules = ProxyRules.Of(new Uri("http://one:first@p:1"), null, name => name == "NO_PROXY" ? "*" : null, system: null);
        Assert.Equal("http://p:1/", rules.For(new Uri("https://hub/"))?.AbsoluteUri);
        Assert.Equal(("one", "first"), User(rules, "http://p:1"));
    }

    [Fact]
    public void TheSystemsProxyCountsWhereTheEnvironmentSaysNothing()
    {
        var system = new WebProxy("http://system:8");
        Assert.Equal("http://system:8/", ProxyRules.Of(null, null, _ => null, system).For(new Uri("https://hub/"))?.AbsoluteUri);
        Assert.Null(ProxyRules.Of(null, null, name => name == "NO_PROXY" ? "hub" : null, system).For(new Uri("https://hub/")));
        Assert.Equal(
            "http://p:1/",
            ProxyRules.Of(null, null, name => name == "ALL_PROXY" ? "http://p:1" : null, system).For(new Uri("https://hub/"))?.AbsoluteUri);
    }

    private static ProxyRules Rules(string environment)
    {
        Dictionary<string, string> variables =
            environment.Split(';').Select(each => each.Split('=', 2)).ToDictionary(each => each[0], each => each[1]);
        return ProxyRules.Of(null, null, variables.GetValueOrDefault, system: null);
    }

    private static (string User, string Password)? User(ProxyRules rules, string proxy)
        => rules.GetCredential(new Uri(proxy), "Basic") is { } credential ? (credential.UserName, credential.Password) : null;
}
