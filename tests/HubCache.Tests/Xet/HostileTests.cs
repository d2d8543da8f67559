using System.Text;
using System.Text.Json.Nodes;
using FakeHub;
using HubCache.Codecs;
using HubCache.Xet;
using Xunit;

namespace HubCache.Tests.Xet;

/// <summary>Answers that no service gives: each a clear error, and nothing published.</summary>
public sealed class HostileTests
{
    private const int MB = 1 << 20;

    // 20,000 in all; a twentieth where nobody asks for more.
    private static readonly int Inputs =
        int.TryParse(Environment.GetEnvironmentVariable("HUBCACHE_FUZZ_INPUTS"), out int inputs) ? inputs : 1000;

    public static TheoryData<string, string> Lies { get; } = new()
    {
        { "$.offset_into_first_range", "-1" },
        { "$.offset_into_first_range", "99999999999" },
        { "$.offset_into_first_range", "1.5" },
        { "$.offset_into_first_range", "3145728" },
        { "$.terms", "[]" },
        { "$.terms", "null" },
        { "$.terms.0.unpacked_length", "0" },
        { "$.terms.0.unpacked_length", "4294967295" },
        { "$.terms.0.unpacked_length", "3145727" },
        { "$.terms.0.range.end", "0" },
        { "$.terms.0.range.end", "9999" },
        { "$.terms.0.hash", "\"../../etc/passwd\"" },
        { "$.terms.0.hash", "\"0000000000000000000000000000000000000000000000000000000000000000\"" },
        { "$.xorbs", "{}" },
        { "$.xorbs.X.0.url", "\"file:///etc/passwd\"" },
        { "$.xorbs.X.0.url", "\"/relative\"" },
        { "$.xorbs.X.0.ranges.0.bytes.end", "3" },
        { "$.xorbs.X.0.ranges.0.bytes.end", "99999999" },
        { "$.xorbs.X.0.ranges.0.bytes.start", "-5" },
        { "$.xorbs.X.0.ranges.0.chunks.end", "8193" },
        { "$.xorbs.X.0.ranges.0.chunks.end", "1" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task ALieInAReconstructionIsAnError(string path, string value)
    {
        await using XetHub hub = await XetHub.StartAsync();
        hub.Add(XetHub.Noise(3 * MB));
        hub.Store.Rewrite = json => Change(json, path, value);
        HubOptions options = hub.Options with { MaximumRetryCount = 1 };
        DownloadOutcome outcome = await hub.DownloadAsync(options);
        Assert.Equal(HubErrorCode.HubProtocolError, outcome.Error!.Code);
        Assert.Equal(0, hub.Requests("_xorbs"));
        Assert.Empty(hub.Cache.Incomplete());
        Assert.DoesNotContain(
            Directory.GetFiles(hub.Cache.Path, "*", SearchOption.AllDirectories),
            file => file.Contains("blobs/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 1, "version 1")]
    [InlineData(4, 3, "scheme 3")]
    [InlineData(4, 99, "scheme 99")]
    [InlineData(7, 9, "announces")]
    [InlineData(3, 255, "packed")]
    [InlineData(1, 77, "stored")]
    [InlineData(0, (byte)'X', "version 88")]
    public async Task ABadChunkIsNamed(int offset, byte value, string says)
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] bytes = XetHub.Noise(200_000);
        FakeChunk[] chunks = [FakeChunk.Stored(bytes.AsSpan(0, 100_000)), FakeChunk.Stored(bytes.AsSpan(100_000))];
        chunks[1] = chunks[1].With(offset, value);
        var xorb = new FakeXorb(XetMaker.HashOf("bad"), chunks);
        hub.Add(bytes, new FakeXetFile(XetMaker.HashOf("file"), [new FakeTerm(xorb, 0, 2)]));
        DownloadOutcome outcome = await hub.DownloadAsync();
        Assert.Equal(HubErrorCode.HubProtocolError, outcome.Error!.Code);
        Assert.Contains($"chunk 1 of xorb {xorb.Hash}", outcome.Error.Message, StringComparison.Ordinal);
        Assert.Contains(says, outcome.Error.Message, StringComparison.Ordinal);
        Assert.Equal(2, hub.Requests("_xorbs"));
    }

    [Fact]
    public async Task ABombIsStoppedWhileItIsDecoded()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] bytes = XetHub.Noise(100_000);
        byte[] block = [0x1F, 0x00, 0x01, 0x00, .. Enumerable.Repeat((byte)0xFF, 130_000), 0x00, 0x50, 0, 0, 0, 0, 0];
        byte[] frame = [0x04, 0x22, 0x4D, 0x18, 0x60, 0x70, 0x73, .. BitConverter.GetBytes(block.Length), .. block, 0, 0, 0, 0];
        var xorb = new FakeXorb(XetMaker.HashOf("bomb"), [FakeChunk.Make(1, frame, 100_000)]);
        hub.Add(bytes, new FakeXetFile(XetMaker.HashOf("file"), [new FakeTerm(xorb, 0, 1)]));
        DownloadOutcome outcome = await hub.DownloadAsync();
        Assert.Equal(HubErrorCode.HubProtocolError, outcome.Error!.Code);
        Assert.Contains("more bytes than announced", outcome.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoReconstructionHangsOrCrashesTheReader()
    {
        byte[] good = Encoding.UTF8.GetBytes(
            """
            {"offset_into_first_range":10,"terms":[
            {"hash":"HHHH","unpacked_length":1000,"range":{"start":0,"end":2}},
            {"hash":"HHHH","unpacked_length":3000,"range":{"start":3,"end":5}}],
            "xorbs":{"HHHH":[{"url":"https://s.example/x?Signature=1","ranges":[
            {"chunks":{"start":0,"end":2},"bytes":{"start":0,"end":500}},
            {"chunks":{"start":3,"end":6},"bytes":{"start":600,"end":3000}}]}]}}
            """.ReplaceLineEndings(string.Empty)
            .Replace("HHHH", XetMaker.HashOf("x"), StringComparison.Ordinal));
        Assert.Equal(2, ReconstructionJson.Read(good, isOld: false, new Extent(0, 3990), 3990).Terms.Count);
        var random = new Random(42);
        for (int i = 0; i < Inputs / 2; i++)
        {
            byte[] bad = Mutate(good, random);
            try
            {
                Reconstruction read = ReconstructionJson.Read(bad, isOld: i % 2 == 0, new Extent(0, 3990), 3990);
                Assert.True(read.Terms.Sum(term => (long)term.Length) - read.Offset >= 3990);
            }
            catch (XetFormatException)
            {
                // As it should be.
            }
        }
    }

    [Fact]
    public void NoChunkHangsOrCrashesTheDecoder()
    {
        var random = new Random(43);
        var codecs = new XetCodecs();
        byte[] bytes = XetHub.Noise(5000);
        byte[][] chunks =
        [
            FakeChunk.Stored(bytes).Packed, FakeChunk.Framed(bytes).Packed, FakeChunk.Grouped(bytes).Packed,
            FakeChunk.Make(1, [
                0x04, 0x22, 0x4D, 0x18, 0x40, 0x40, 0xC0, 12, 0, 0, 0, 0x4F, 1, 2, 3, 4, 4, 0, 0xFF, 0x10, 0x50, 5, 6, 7, 8, 9, 0, 0, 0, 0
            ], 298).Packed,
        ];
        for (int i = 0; i < Inputs / 2; i++)
        {
            byte[] bad = Mutate(chunks[i % chunks.Length], random);
            if (bad.Length < Chunk.HeaderSize
                || Chunk.ReadHeader(bad, out ChunkHeader header) is not null
                || bad.Length - Chunk.HeaderSize < header.PackedLength)
            {
                continue;
            }

            byte[] guarded = new byte[header.Length + 64];
            _ = Chunk.Decode(
                header,
                bad.AsSpan(Chunk.HeaderSize, header.PackedLength),
                guarded.AsSpan(0, header.Length),
                new byte[header.Length],
                codecs);
            Assert.Equal(new byte[64], guarded[header.Length..]);
        }
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        List<byte> bad = [.. good];
        for (int changes = random.Next(1, 6); changes > 0 && bad.Count > 0; changes--)
        {
            int at = random.Next(bad.Count);
            switch (random.Next(5))
            {
                case 0:
                    bad[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bad.RemoveRange(at, Math.Min(bad.Count - at, random.Next(1, 9)));
                    break;
                case 2:
                    bad.InsertRange(at, Encoding.ASCII.GetBytes(random.Next(2) == 0 ? "99999999999" : "-1"));
                    break;
                case 3:
                    bad[at] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    bad.InsertRange(at, bad.GetRange(random.Next(bad.Count), 1));
                    break;
            }
        }

        return [.. bad];
    }

    private static string Change(string json, string path, string value)
    {
        JsonNode root = JsonNode.Parse(json)!;
        JsonNode node = root;
        string[] steps = path.Split('.')[1..];
        foreach (string step in steps[..^1])
        {
            node = int.TryParse(step, out int index) ? node[index]! : step == "X" ? node.AsObject().First().Value! : node[step]!;
        }

        node[steps[^1]] = JsonNode.Parse(value);
        return root.ToJsonString();
    }
}
