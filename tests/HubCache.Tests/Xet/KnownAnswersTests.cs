using HubCache.Codecs;
using HubCache.Names;
using HubCache.Xet;
using Xunit;

namespace HubCache.Tests.Xet;

/// <summary>Hashes that other implementations gave for the same data.</summary>
public sealed class KnownAnswersTests
{
    private readonly MerkleTree _tree = new(new XetCodecs());

    [Fact]
    public void StringFormTurnsEveryEightBytesRound()
    {
        byte[] bytes = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        XetHash hash = XetHash.FromBytes(bytes);
        Assert.Equal("07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918", hash.ToString());
        Assert.Equal(hash, XetHash.TryParse(hash.ToString().ToUpperInvariant()));
        byte[] back = new byte[32];
        hash.CopyTo(back);
        Assert.Equal(bytes, back);
    }

    [Theory]
    [InlineData(
        "42",
        "87f094a9408cd6e079f03501cc307582b29b63ad7a694aed6be016c64304554c",
        "4b336c10f3c621499bf106abb89f1a4753ba729379efade5b6373cbd528bb8b4")]
    [InlineData(
        "48656C6C6F2C20576F726C6421",
        "45143e5337d3e15599eb0f1370a9ee88e5114a633b3dd960ee673dbc191bf089",
        "2028081f8fc86d0698acffb85c902a410549c3ffcc45a0b6ed666e1032d17157")]
    public void OneChunkIsItsOwnRoot(string hex, string chunk, string file)
    {
        byte[] bytes = Convert.FromHexString(hex);
        var one = new HashedLength(_tree.OfChunk(bytes), bytes.Length);
        Assert.Equal(chunk, one.Hash.ToString());
        Assert.Equal(chunk, _tree.Root([one]).ToString());
        Assert.Equal(file, _tree.OfFile([one]).ToString());
    }

    [Fact]
    public void ZerosHaveTheirRoot()
    {
        AssertTree(
            new byte[300_000],
            "c2c391c2780688107997606ed6798520928296386f08a43bdf7e28cd1b06b37b",
            "3d7bd4178bc2851ba07d59c24c3a88ae0c7220e9920d6c5c6a06b01556d46404");
    }

    [Fact]
    public void CountingBytesHaveTheirRoot()
    {
        byte[] bytes = [.. Enumerable.Range(0, 1_000_000).Select(i => (byte)(i % 251))];
        AssertTree(
            bytes,
            "adeb433d4f41b818bc19a3dd9304cccb605b257a89ceac78a821ce6c9575c409",
            "a6915bc7a3b8f6812da0990d510cc8228f8fe8d41d96c0678649c18122e4caf8");
    }

    [Fact]
    public void HashesHaveTheirRoot()
    {
        HashedLength[] chunks =
        [
            new(XetHash.TryParse("cfc5d07f6f03c29bbf424132963fe08d19a37d5757aaf520bf08119f05cd56d6")!.Value, 100),
            new(XetHash.TryParse("c3e67584b5c4fc2a89837ec39e40f2c8a6bb0b2987ac94cd4b31e5fbdd210a72")!.Value, 200),
            new(XetHash.TryParse("0d2beb91b9196929a5ddec9f6e306924ddf4a24268e3e59fd8464738d525af37")!.Value, 300),
        ];
        Assert.Equal("71ec1275fca074724e2dd666921b3277c7cee603e4d025bcab2d4050015be2bc", _tree.Root(chunks).ToString());
        Assert.Equal("54e55dccc6653c612bdb5576c5d3cb34bb31bc4e100248abccf4c908b3ef7715", _tree.OfFile(chunks).ToString());
    }

    [Fact]
    public void NothingIsAllZeros()
    {
        Assert.Equal(new string('0', 64), _tree.OfFile([]).ToString());
    }

    private void AssertTree(byte[] bytes, string root, string file)
    {
        HashedLength[] chunks = [.. bytes.Chunk(131072).Select(chunk => new HashedLength(_tree.OfChunk(chunk), chunk.Length))];
        Assert.Equal(root, _tree.Root(chunks).ToString());
        Assert.Equal(file, _tree.OfFile(chunks).ToString());
    }
}
