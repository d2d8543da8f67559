using System.Globalization;
using System.Net;
using HubCache.Hub;
using Xunit;

namespace HubCache.Tests.Hub;

/// <summary>How long a server asks to wait.</summary>
public sealed class PauseTests
{
    [Theory]
    [InlineData("Retry-After", "7", 7)]
    [InlineData("Retry-After", "0", 0)]
    [InlineData("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT", 0)]
    [InlineData("RateLimit", "\"resolvers\";r=0;t=120", 120)]
    [InlineData("RateLimit", "\"resolvers\"; r=0; t=5", 5)]
    public void IsReadFromTheHeadersThatSayIt(string header, string value, double expected)
        => Assert.Equal(expected, Pause(header, value)?.TotalSeconds);

    [Theory]
    [InlineData("Retry-After", "")]
    [InlineData("Retry-After", "soon")]
    [InlineData("Retry-After", "-5")]
    [InlineData("Retry-After", "3.5")]
    [InlineData("Retry-After", "12/31")]
    [InlineData("RateLimit", "\"resolvers\";r=3;t=120")]
    [InlineData("RateLimit", "limit=1")]
    [InlineData("X-Other", "7")]
    public void IsNothingInAllOthers(string header, string value) => Assert.Null(Pause(header, value));

    [Fact]
    public void ADateInTheFutureIsCountedFromNow()
    {
        string date = DateTimeOffset.UtcNow.AddSeconds(30).ToString("r", CultureInfo.InvariantCulture);

        Assert.InRange(Pause("Retry-After", date)!.Value.TotalSeconds, 20, 31);
    }

    [Fact]
    public void ALongTimeDoesNotOverflow()
    {
        Assert.True(Pause("Retry-After", "9223372036854775807") > TimeSpan.FromDays(365));
    }

    private static TimeSpan? Pause(string header, string value)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        response.Headers.TryAddWithoutValidation(header, value);
        return HubHeaders.Pause(response);
    }
}
