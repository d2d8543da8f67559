using System.Net;
using HubCache.Hub;
using Xunit;

namespace HubCache.Tests.Hub;

public sealed class RedirectRulesTests
{
    [Theory]
    [InlineData("http://a/x", "/y", "http://a/y")]
    [InlineData("https://a/x/y", "z", "https://a/x/z")]
    [InlineData("http://a/x", "https://a/x", "https://a/x")]
    [InlineData("https://a/x", "https://b/%7Esigned%2Fpath?sig=%41", "https://b/%7Esigned%2Fpath?sig=%41")]
    public void ATargetIsReadLetterForLetter(string from, string location, string expected)
    {
        using HttpResponseMessage response = Redirect(from, location);

        Assert.Equal(expected, Redirects.Next(response).AbsoluteUri);
    }

    [Theory]
    [InlineData("https://a/x", "http://a/x")]
    [InlineData("https://a/x", "http://b/x")]
    [InlineData("https://a/x", "javascript:alert(1)")]
    [InlineData("https://a/x", "file:///etc/passwd")]
    public void FromHttpsToHttpOrAnotherSchemeIsRefused(string from, string location)
    {
        using HttpResponseMessage response = Redirect(from, location);

        Assert.Equal(HubErrorCode.HubProtocolError, Assert.Throws<HubCacheException>(() => Redirects.Next(response)).Code);
    }

    [Theory]
    [InlineData("https://a/x", "https://a:443/y", true)]
    [InlineData("https://a/x", "https://A/y", true)]
    [InlineData("https://a/x", "http://a/x", false)]
    [InlineData("https://a/x", "https://a:444/x", false)]
    [InlineData("https://a/x", "https://a.b/x", false)]
    public void AnOriginIsSchemeHostAndPort(string left, string right, bool expected)
    {
        Assert.Equal(expected, HubAddress.SameOrigin(new Uri(left), new Uri(right)));
    }

    private static HttpResponseMessage Redirect(string from, string location)
    {
        var response = new HttpResponseMessage(HttpStatusCode.Redirect) { RequestMessage = new HttpRequestMessage(HttpMethod.Get, from) };
        response.Headers.TryAddWithoutValidation("Location", location);
        return response;
    }
}
