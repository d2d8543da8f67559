using System.Security.Cryptography.X509Certificates;
using FakeHub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Hub.Network;

/// <summary>Certificates that are trusted, and those that are not: a final fault with an id of its own.</summary>
public sealed class CertificateTests
{
    [Theory]
    [InlineData("file")]
    [InlineData("folder")]
    [InlineData("der")]
    [InlineData("bundle")]
    public async Task ANamedAuthorityIsTrusted(string form)
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { Tls = true });
        cache.Hub.AddRepo("org/one").Commit("main", [FakeFile.Generated("a.bin", 30_000)]);
        string path = Written(cache, form);

        DownloadOutcome outcome = await cache.DownloadAsync("org/one", "a.bin", options: Trusting(cache, path));

        Assert.Null(outcome.Error);
    }

    [Fact]
    public async Task AnUnknownAuthorityIsAFinalFault()
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { Tls = true });
        cache.Hub.AddRepo("org/one").Commit("main", [FakeFile.FromText("a.txt", "hello")]);

        DownloadOutcome outcome = await cache.DownloadAsync("org/one", "a.txt");

        Assert.Equal(HubErrorCode.CertificateInvalid, outcome.Error!.Code);
        Assert.Contains("FakeHub test authority", outcome.Error.Message, StringComparison.Ordinal);
        Assert.Contains("SSL_CERT_FILE", outcome.Error.Advice, StringComparison.Ordinal);
        Assert.Contains("store", outcome.Error.Advice, StringComparison.Ordinal);
        Assert.Equal(1, cache.Hub.Connections.Total);
    }

    [Fact]
    public async Task WhatIsNamedIsTrustedAlone()
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { Tls = true });
        using var other = new CertificateAuthority("Another authority");
        string path = Path.Combine(cache.Root, "other.pem");
        File.WriteAllText(path, other.Pem);

        DownloadOutcome outcome = await cache.DownloadAsync("org/one", "a.txt", options: Trusting(cache, path));

        Assert.Equal(HubErrorCode.CertificateInvalid, outcome.Error!.Code);
        Assert.Contains(path, outcome.Error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "it is for another host ('CN=hub.example')")]
    [InlineData(false, "not now")]
    public async Task ACertificateForAnotherHostOrTimeIsAFinalFault(bool isForAnotherHost, string reason)
    {
        using var authority = new CertificateAuthority();
        using X509Certificate2 certificate =
            isForAnotherHost ? authority.Issue(["hub.example"]) : authority.Issue(until: DateTimeOffset.UtcNow.AddHours(-1));
        await using TestCache cache =
            await TestCache.StartAsync(new FakeHubOptions { Tls = true, Authority = authority, Certificate = certificate });

        DownloadOutcome outcome = await cache.DownloadAsync("org/one", "a.txt", options: Trusting(cache, Written(cache, "file")));

        Assert.Equal(HubErrorCode.CertificateInvalid, outcome.Error!.Code);
        Assert.Contains(reason, outcome.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "is not there")]
    [InlineData("", "holds no certificate")]
    [InlineData("no certificate at all", "holds something that is no certificate")]
    public async Task WhatHoldsNoCertificatesIsSaid(string? content, string reason)
    {
        await using TestCache cache = await TestCache.StartAsync(new FakeHubOptions { Tls = true });
        string path = Path.Combine(cache.Root, "trust.pem");
        if (content is not null)
        {
            File.WriteAllText(path, content);
        }

        DownloadOutcome outcome = await cache.DownloadAsync("org/one", "a.txt", options: Trusting(cache, path));

        Assert.Equal(HubErrorCode.InvalidOption, outcome.Error!.Code);
        Assert.Contains(reason, outcome.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APlainServerBehindASecureAddressIsAFinalFault()
    {
        await using TestCache cache = await TestCache.StartAsync();

        DownloadOutcome outcome = await cache.DownloadAsync(
            "org/one", "a.txt", options: cache.Options with { Endpoint = new Uri($"https://{cache.Hub.Endpoint.Authority}") });

        Assert.Equal(HubErrorCode.HubUnreachable, outcome.Error!.Code);
        Assert.Contains("no secure connection", outcome.Error.Message, StringComparison.Ordinal);
        Assert.Equal(1, cache.Hub.Connections.Total);
    }

    private static HubOptions Trusting(TestCache cache, string path)
        => cache.Options with { Certificates = new CertificateSource([new CertificatePath("SSL_CERT_FILE", path)]) };

    private static string Written(TestCache cache, string form)
    {
        CertificateAuthority authority = cache.Hub.Authority!;
        string path = Path.Combine(cache.Root, "trust");
        if (form == "folder")
        {
            Directory.CreateDirectory(path);
            File.WriteAllText(Path.Combine(path, "README"), "not a certificate");
            File.WriteAllText(Path.Combine(path, "1a2b3c4d.0"), authority.Pem);
        }
        else if (form == "der")
        {
            File.WriteAllBytes(path, authority.Certificate.Export(X509ContentType.Cert));
        }
        else
        {
            using var other = new CertificateAuthority("Another authority");
            File.WriteAllText(path, form == "bundle" ? $"# comments\n{other.Pem}\n\n# more\n{authority.Pem}\n" : authority.Pem);
        }

        return path;
    }
}
