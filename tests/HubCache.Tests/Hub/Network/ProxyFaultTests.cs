using System.Collections;
using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Hub.Network;

/// <summary>What a call through a proxy ends in, how soon, and that the proxy's password is in no part of the error.</summary>
public sealed class ProxyFaultTests
{
    private const string Secret = "canary-9f2c";

    public static TheoryData<string, string, HubErrorCode, int> Answers => new()
    {
        { "403", "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", HubErrorCode.ProxyRefused, 1 },
        { "405", "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n", HubErrorCode.ProxyRefused, 1 },
        { "407", "HTTP/1.1 407 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", HubErrorCode.ProxyRefused, 1 },
        {
            "407 Basic",
            "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            HubErrorCode.ProxyRefused,
            2
        },
        { "502", "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n", HubErrorCode.HubUnreachable, 3 },
        { "503", "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", HubErrorCode.HubUnreachable, 3 },
        { "garbage", $"nothing like {Secret}\r\n\r\n", HubErrorCode.HubProtocolError, 3 },
        { "close", string.Empty, HubErrorCode.HubUnreachable, 0 },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task ATunnelThatIsNotMade(string name, string answer, HubErrorCode code, int requests)
    {
        await using TestCache cache = await TestCache.StartAsync();
        using FakeProxy proxy = FakeProxy.Answer(answer);
        HubOptions options = Through(cache, proxy, new Uri("https://hub.example"));

        DownloadOutcome outcome = await cache.DownloadAsync("org/one", "a.bin", options: options);

        Assert.Equal(code, outcome.Error!.Code);
        AssertSaysNoSecret(outcome.Error);
        Assert.Contains(proxy.Address.Authority, outcome.Error.Message + outcome.Error.Advice, StringComparison.Ordinal);
        Assert.Contains("hub.example", outcome.Error.Message, StringComparison.Ordinal);
        Assert.True(requests == 0 || proxy.Requests.Count == requests, $"{name}: {proxy.Requests.Count} requests");
    }

    [Fact]
    public async Task ADeadProxyIsNotADeadHub()
    {
        await using TestCache cache = await TestCache.StartAsync();
        FakeProxy proxy = FakeProxy.PassOn();
        proxy.Dispose();

        DownloadOutcome outcome =
            await cache.DownloadAsync("org/one", "a.bin", options: Through(cache, proxy, new Uri("https://hub.example")));

        Assert.Equal(HubErrorCode.HubUnreachable, outcome.Error!.Code);
        Assert.StartsWith(
            $"The proxy {proxy.Address.Authority} on the way to hub.example cannot be reached",
            outcome.Error.Message,
            StringComparison.Ordinal);
        AssertSaysNoSecret(outcome.Error);
    }

    [Fact]
    public async Task AWrongPasswordIsTriedOnceHoweverManyFilesAreAskedFor()
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { Tls = true });
        FakeRepo repo = cache.Hub.AddRepo("org/many");
        string commit = repo.Commit("main", [.. Enumerable.Range(0, 12).Select(i => FakeFile.FromText($"f{i}.txt", $"text {i}"))]);
        using FakeProxy proxy = FakeProxy.Guarded("user", "the right one");

        IReadOnlyList<DownloadOutcome> outcomes = await cache.DownloadAsync(
            TestCache.Request("org/many", Enumerable.Range(0, 12).Select(i => $"f{i}.txt"), commit),
            Through(cache, proxy, cache.Hub.Endpoint));

        Assert.All(outcomes, outcome => Assert.Equal(HubErrorCode.ProxyRefused, outcome.Error!.Code));
        Assert.Equal(1, proxy.WrongLogins);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheRightPasswordOpensBothKindsOfProxying(bool tls)
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { Tls = tls });
        cache.Hub.AddRepo("org/one").Commit("main", [FakeFile.FromText("a.txt", "hello")]);
        using FakeProxy proxy = FakeProxy.Guarded("user", Secret);

        DownloadOutcome outcome = await cache.DownloadAsync("org/one", "a.txt", options: Through(cache, proxy, cache.Hub.Endpoint));

        Assert.Null(outcome.Error);
        Assert.Equal(0, proxy.WrongLogins);
        Assert.NotEmpty(proxy.Requests);
    }

    [Fact]
    public async Task APlainProxysRefusalIsTheProxys()
    {
        await using TestCache cache = await TestCache.StartAsync();
        using FakeProxy proxy = FakeProxy.Guarded("user", "the right one");

        DownloadOutcome outcome = await cache.DownloadAsync("org/one", "a.bin", options: Through(cache, proxy, cache.Hub.Endpoint));

        Assert.Equal(HubErrorCode.ProxyRefused, outcome.Error!.Code);
        Assert.Equal(1, proxy.WrongLogins);
        AssertSaysNoSecret(outcome.Error);
    }

    private static HubOptions Through(TestCache cache, FakeProxy proxy, Uri endpoint) => cache.Options with
    {
        Endpoint = endpoint,
        Proxy = new Uri($"http://user:{Secret}@{proxy.Address.Authority}"),
        MaximumRetryCount = 2,
        Certificates = cache.Hub.Authority is null ? null : Trust(cache),
    };

    private static CertificateSource Trust(TestCache cache)
    {
        string file = Path.Combine(cache.Root, "authority.pem");
        File.WriteAllText(file, cache.Hub.Authority!.Pem);
        return new CertificateSource([new CertificatePath("SSL_CERT_FILE", file)]);
    }

    private static void AssertSaysNoSecret(Exception error)
    {
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
        for (Exception? e = error; e is not null; e = e.InnerException)
        {
            string all = $"{e.Message} {(e as HubCacheException)?.Advice} {(e as HubCacheException)?.Target} "
                + $"{string.Join(' ', e.Data.Cast<DictionaryEntry>().Select(item => $"{item.Key} {item.Value}"))}";
            Assert.DoesNotContain(Secret, all, StringComparison.Ordinal);
        }
    }
}
