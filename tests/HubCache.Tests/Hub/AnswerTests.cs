using System.Net;
using FakeHub;
using HubCache.Hub;
using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Hub;

/// <summary>What an answer stands for, whoever gave it.</summary>
public sealed class AnswerTests
{
    private const string Html = "text/html; charset=utf-8";

    [Theory]
    [InlineData(401, null, null, null, false, AnswerKind.LoginWanted)]
    [InlineData(401, null, null, null, true, AnswerKind.TokenInvalid)]
    [InlineData(401, null, null, Html, true, AnswerKind.ProxyBlocks)]
    [InlineData(401, null, "Invalid username or password.", null, false, AnswerKind.RepoNotFound)]
    [InlineData(401, null, "Invalid credentials in Authorization header", null, false, AnswerKind.TokenInvalid)]
    [InlineData(401, "RepoNotFound", null, null, false, AnswerKind.RepoNotFound)]
    [InlineData(401, "GatedRepo", "no", null, true, AnswerKind.GatedRepo)]
    [InlineData(403, "GatedRepo", "no", null, true, AnswerKind.GatedRepo)]
    [InlineData(403, null, null, null, false, AnswerKind.ProxyBlocks)]
    [InlineData(403, null, null, Html, true, AnswerKind.ProxyBlocks)]
    [InlineData(403, null, "Access to this resource is disabled.", null, false, AnswerKind.RepoDisabled)]
    [InlineData(403, null, "The token lacks a permission", null, true, AnswerKind.AccessRefused)]
    [InlineData(404, null, null, Html, false, AnswerKind.BareNotFound)]
    [InlineData(404, "EntryNotFound", null, null, false, AnswerKind.FileNotFound)]
    [InlineData(404, "RevisionNotFound", null, null, false, AnswerKind.RevisionNotFound)]
    [InlineData(407, null, null, null, false, AnswerKind.ProxyLogin)]
    [InlineData(429, null, null, Html, false, AnswerKind.RateLimited)]
    [InlineData(451, null, "Unavailable for legal reasons", null, false, AnswerKind.LegalReasons)]
    [InlineData(451, null, null, null, false, AnswerKind.LegalReasons)]
    [InlineData(451, null, null, Html, false, AnswerKind.ProxyBlocks)]
    [InlineData(408, null, null, null, false, AnswerKind.ServerError)]
    [InlineData(502, null, null, Html, false, AnswerKind.ServerError)]
    [InlineData(511, null, null, Html, false, AnswerKind.ProxyBlocks)]
    [InlineData(418, null, null, null, false, AnswerKind.Unknown)]
    public void OneTableSaysIt(int status, string? code, string? message, string? type, bool withToken, object expected)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent([]) };
        response.Headers.TryAddWithoutValidation("X-Error-Code", code ?? string.Empty);
        response.Headers.TryAddWithoutValidation("X-Error-Message", message ?? string.Empty);
        response.Headers.TryAddWithoutValidation("Via", "1.1 proxy");
        response.Content.Headers.TryAddWithoutValidation("Content-Type", type ?? "text/plain");

        Assert.Equal(expected, AnswerClassifier.Classify(AnswerFacts.Of(response, withToken)));
    }

    [Theory]
    [InlineData(403, "Access to this resource is disabled.", HubErrorCode.RepoDisabled, "disabled")]
    [InlineData(451, null, HubErrorCode.RepoDisabled, "legal reasons")]
    [InlineData(403, null, HubErrorCode.ProxyRefused, "403")]
    [InlineData(511, null, HubErrorCode.ProxyRefused, "511")]
    public async Task APageAboutARepoIsReadLikeAFile(int status, string? message, HubErrorCode expected, string word)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        cache.Hub.Faults.Add(Fault.Status(
            status, message is null ? null : new Dictionary<string, string?> { ["X-Error-Message"] = message }) with
        { Times = -1 });

        foreach (FileSelector selector in new[] { FileSelector.Everything, HubFileName.Parse("a.txt") })
        {
            DownloadOutcome outcome = await AskAsync(cache, selector);
            Assert.Equal(expected, outcome.Error!.Code);
            Assert.Contains(word, outcome.Error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("[{\"type\":\"file\",\"oid\":\"0123456789abcdef0123456789abcdef01234567\",\"size\":1,\"path\":\"\\ud800\"}]")]
    [InlineData("[{\"type\":\"file\",\"oid\":\"0123456789abcdef0123456789abcdef01234567\",\"size\":1,"
        + "\"path\":\"a\",\"lfs\":{\"oid\":\"\\udc00\",\"size\":1}}]")]
    [InlineData("[{\"type\":\"\\ud800\"}]")]
    [InlineData("[{\"\\ud800\":1,\"type\":\"file\"}]")]
    [InlineData("[1,null,[]]")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    [InlineData("[{\"type\":\"file\",\"oid\":\"0123456789abcdef0123456789abcdef01234567\",\"size\":1e400,\"path\":\"a\"}]")]
    public async Task WhatNoParserTakesIsAnErrorOfTheModule(string tree)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        cache.Hub.Faults.Add(Fault.Status(200, new Dictionary<string, string?> { ["Content-Type"] = "application/json" }, tree) with
        {
            PathContains = "/tree/",
            Times = -1
        });

        DownloadOutcome outcome = await AskAsync(cache, FileSelector.Everything);

        Assert.True(outcome.Error!.Code is HubErrorCode.HubProtocolError or HubErrorCode.HubFileNotFound, outcome.Error.ToString());
    }

    [Theory]
    [InlineData("{\"sha\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("[]")]
    public async Task NorInTheInformationOfARepo(string info)
    {
        await using TestCache cache = await TestCache.StartAsync();
        cache.Hub.AddRepo("org/name").Commit("main", [FakeFile.FromText("a.txt", "text")]);
        cache.Hub.Faults.Add(Fault.Status(200, new Dictionary<string, string?> { ["Content-Type"] = "application/json" }, info) with
        {
            PathContains = "/revision/",
            Times = -1
        });

        DownloadOutcome outcome = await AskAsync(cache, FileSelector.Everything);

        Assert.Equal(HubErrorCode.HubProtocolError, outcome.Error!.Code);
    }

    private static async Task<DownloadOutcome> AskAsync(TestCache cache, FileSelector selector)
    {
        var request = new DownloadRequest { RepoId = RepoId.Parse("org/name"), Revision = Revision.Main, Files = [selector] };
        return (await cache.DownloadAsync(request))[0];
    }
}
