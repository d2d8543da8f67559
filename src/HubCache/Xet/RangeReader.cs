using System.Buffers;
using System.Globalization;
using HubCache.Hub.Network;
using HubCache.Names;
using HubCache.Transfer;

namespace HubCache.Xet;

/// <summary>Reads the chunks of one signed range, one after the other, and never more than two of them at once into memory.</summary>
internal sealed class RangeReader : IDisposable
{
    private const int BufferSize = Chunk.HeaderSize + Chunk.MostPackedBytes + (64 << 10);

    private readonly HttpResponseMessage _response;
    private readonly Stream _body;
    private readonly IXetCodecs _codecs;
    private readonly NetworkCount _count;
    private readonly byte[] _scratch = ArrayPool<byte>.Shared.Rent(Chunk.MostBytes);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _start;
    private int _end;
    private long _left;

    public RangeReader(SignedRange range, HttpResponseMessage response, Stream body, IXetCodecs codecs, NetworkCount count)
    {
        (Range, _response, _body, _codecs, _count) = (range, response, body, codecs, count);
        (Next, _left) = (range.First, range.Bytes.Length);
    }

    public SignedRange Range { get; }

    /// <summary>The number of the chunk that comes next.</summary>
    public int Next { get; private set; }

    /// <summary>Decodes the next chunk.</summary>
    /// <param name="target">Of <see cref="Chunk.MostBytes"/> at least.</param>
    /// <param name="cancellationToken">Ends the wait for the network.</param>
    /// <returns>How many bytes it has.</returns>
    /// <exception cref="TransientException">The connection broke.</exception>
    /// <exception cref="BadChunkException">The bytes are no such chunk.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        ChunkHeader header = await ReadHeaderAsync(cancellationToken).ConfigureAwait(false);
        await FillAsync(header.PackedLength, cancellationToken).ConfigureAwait(false);
        string? fault = Chunk.Decode(
            header, _buffer.AsSpan(_start, header.PackedLength), target.Span[..header.Length], _scratch.AsSpan(0, header.Length), _codecs);
        if (fault is not null)
        {
            throw Bad(fault);
        }

        _start += header.PackedLength;
        Next++;
        return header.Length;
    }

    public void Dispose()
    {
        _response.Dispose();
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            ArrayPool<byte>.Shared.Return(_scratch);
            _buffer = [];
        }
    }

    private async ValueTask<ChunkHeader> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        await FillAsync(Chunk.HeaderSize, cancellationToken).ConfigureAwait(false);
        if (Chunk.ReadHeader(_buffer.AsSpan(_start, Chunk.HeaderSize), out ChunkHeader header) is string fault)
        {
            throw Bad(fault);
        }

        _start += Chunk.HeaderSize;
        _left -= Chunk.HeaderSize + header.PackedLength;
        int others = Range.End - Next - 1;
        return _left < others * (Chunk.HeaderSize + 1L) || (others == 0 && _left > 0)
            ? throw Bad("it does not end where the range ends")
            : header;
    }

    private BadChunkException Bad(string fault) => new(XetErrors.BadChunk(Range, Next, fault), Range.Xorb, Next);

    /// <summary>Reads until so many bytes are there.</summary>
    private async ValueTask FillAsync(int length, CancellationToken cancellationToken)
    {
        if (_start + length > _buffer.Length || _start == _end)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        while (_end - _start < length)
        {
            int read = await ReadSomeAsync(cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw NetworkErrors.NoAnswer(Range.Link, new IOException(string.Create(
                    CultureInfo.InvariantCulture, $"The connection ended in chunk {Next} of xorb {Range.Xorb}.")));
            }

            _end += read;
            await _count.CountAsync(read, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<int> ReadSomeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _body
                .ReadAsync(_buffer.AsMemory(_end, Math.Min(_buffer.Length - _end, _count.MostAtOnce)), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw NetworkErrors.NoAnswer(Range.Link, e);
        }
    }
}

/// <summary>The bytes of a range are not the chunks that it should have.</summary>
internal sealed class BadChunkException(HubCacheException error, XetHash xorb, int chunk) : Exception(error.Message, error)
{
    public HubCacheException Error => error;

    public (XetHash Xorb, int Chunk) Place => (xorb, chunk);
}

/// <summary>Counts what comes over the network, which is not what it decodes to, and pays for it.</summary>
internal sealed class NetworkCount(FileProgress progress, RateLimit? limit)
{
    /// <summary>The most bytes to read at once.</summary>
    public int MostAtOnce => limit?.MostAtOnce ?? int.MaxValue;

    public async ValueTask CountAsync(int bytes, CancellationToken cancellationToken)
    {
        progress.Received(bytes);
        if (limit is not null)
        {
            await limit.PayAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
    }
}
