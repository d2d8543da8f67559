using FakeHub;
using HubCache.Codecs;
using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Transfer;
using HubCache.Xet;
using Xunit;

namespace HubCache.Tests.Xet;

/// <summary>The source by itself, without a schedule above it.</summary>
public sealed class XetByteSourceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnyPartIsThatPart(bool trims)
    {
        await using XetHub hub = await XetHub.StartAsync();
        hub.Store.Trims = trims;
        byte[] bytes = hub.Add(XetHub.Noise(9_000_001), XetMaker.File("file", XetHub.Noise(9_000_001), 3_000_000));
        using var source = new Source(hub, bytes.Length);
        var random = new Random(7);
        for (int i = 0; i < 40; i++)
        {
            int start = i == 0 ? 0 : random.Next(bytes.Length);
            int count = i == 0 ? bytes.Length : random.Next(1, bytes.Length - start + 1);
            byte[] got = await source.ReadAsync(start, count);
            int wrong = got.AsSpan().CommonPrefixLength(bytes.AsSpan(start, count));
            Assert.True(wrong == count, $"bytes from {start} on: wrong at {wrong} of {count}");
        }
    }

    [Fact]
    public async Task CutsLieWhereRangesEnd()
    {
        await using XetHub hub = await XetHub.StartAsync();
        byte[] bytes = hub.Add(XetHub.Noise(9_000_000), XetMaker.File("file", XetHub.Noise(9_000_000), 1_000_000));
        using var source = new Source(hub, bytes.Length);
        await source.Bytes.PrepareAsync(0, default);
        Assert.Equal(3_000_000, source.Bytes.CutNear(0, 2_500_000));
        Assert.Equal(9_000_000, source.Bytes.CutNear(8_999_999, 1));
        await source.ReadAsync(3_000_000, 3_000_000);
        Assert.Equal(3, hub.Requests("_xorbs"));
        Assert.Equal(1, hub.Requests("_cas"));
    }

    private sealed class Source : IDisposable
    {
        private readonly HubConnection _connection;
        private readonly XetContext _means;

        public Source(XetHub hub, long length)
        {
            _connection = new HubConnection(hub.Options);
            _means = new XetContext(_connection, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3), static () => new XetCodecs());
            FakeRepo repo = hub.Hub.FindRepo(XetHub.Repo)!;
            string hash = repo.FindFile("main", XetHub.Name)!.XetHash!;
            XetTokenSource tokens =
                _means.Tokens.For(RepoType.Model, RepoId.Parse(XetHub.Repo), CommitHash.TryParse(repo.ResolveRevision("main"))!);
            Bytes = new XetByteSource(
                _means,
                new XetFile(XetHub.Name, XetHash.TryParse(hash)!.Value, length, tokens),
                Disk.OfThisSystem,
                new WrittenPart(),
                null,
                new FileProgress(XetHub.Name, length),
                limit: null);
        }

        public XetByteSource Bytes { get; }

        public async Task<byte[]> ReadAsync(long start, int count)
        {
            byte[] got = new byte[count];
            for (int done = 0; done < count;)
            {
                using ByteAnswer answer = await Bytes.OpenAsync(start + done, count - done, default);
                Assert.Equal(start + done, answer.Start);
                int length = (int)(answer.End - answer.Start);
                await answer.Body.ReadExactlyAsync(got.AsMemory(done, length));
                Assert.Equal(0, await answer.Body.ReadAsync(new byte[1]));
                done += length;
            }

            return got;
        }

        public void Dispose()
        {
            Bytes.Dispose();
            _means.Dispose();
            _connection.Dispose();
        }
    }
}
