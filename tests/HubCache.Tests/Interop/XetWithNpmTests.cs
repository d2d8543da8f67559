using System.Text.Json.Nodes;
using FakeHub;
using HubCache.Tests.Xet;
using Xunit;

namespace HubCache.Tests.Interop;

/// <summary>The client from npm reads by Xet what our stand-in has, and we read what it packs.</summary>
[Collection(NpmGroup.Name)]
public sealed class XetWithNpmTests(NpmClient npm)
{
    private const int MB = 1 << 20;

    [NpmFact]
    public async Task ItReadsWhatTheStandInHas()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] bytes = hub.Add(XetHub.Noise(9 * MB + 1), XetMaker.File("file", XetHub.Noise(9 * MB + 1), 4 * MB));
        string target = Path.Combine(hub.Cache.Root, "theirs");
        JsonNode read = await npm.ReadByXetAsync(hub.Hub.Endpoint, XetHub.Repo, XetHub.Name, target);
        Assert.Equal(("XetBlob", bytes.Length), ((string?)read["kind"], (int)read["length"]!));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(target));
        hub.AssertNoLeaks();
    }

    [NpmFact]
    public async Task WeReadWhatItPacks()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] part = XetHub.Noise(3 * MB);
        byte[] words = [.. Enumerable.Range(0, 400_000).SelectMany(i => BitConverter.GetBytes(i * 0.25f))];
        byte[] bytes = [.. part[..MB], .. words, .. part, .. "the end"u8];
        string source = Path.Combine(hub.Cache.Root, "source");
        await File.WriteAllBytesAsync(source, bytes);
        string folder = Directory.CreateDirectory(Path.Combine(hub.Cache.Root, "packed")).FullName;
        JsonNode packed = await npm.PackAsync(source, folder);
        Dictionary<string, FakeXorb> xorbs = Directory.GetFiles(folder).Select(FakeXorb.Read).ToDictionary(xorb => xorb.Hash);
        FakeTerm[] terms = [.. packed["terms"]!
            .AsArray()
            .Select(term => new FakeTerm(xorbs[(string)term!["xorb"]!], (int)term["first"]!, (int)term["end"]!))];
        Assert.Contains(xorbs.Values.SelectMany(xorb => xorb.Chunks), chunk => chunk.Packed[4] == 2);
        hub.Add(bytes, new FakeXetFile((string)packed["hash"]!, terms));

        CachedFile file = await hub.AssertDownloadsAsync(bytes);

        Assert.True(file.BytesReused > 0);
        Assert.True(hub.FetchedFromXorbs < bytes.Length);
    }
}
