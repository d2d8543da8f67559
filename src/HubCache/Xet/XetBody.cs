using System.Buffers;
using System.Globalization;

namespace HubCache.Xet;

/// <summary>
/// The bytes of a part of a file, decoded chunk by chunk as they are read: from the network, or from this disk where it has them.
/// </summary>
internal sealed class XetBody : Stream
{
    // Of a range that is fetched, so much may be in vain before the service is asked for a smaller one.
    private const long MostInVain = 512 << 10;
    private const int MostExpired = 3;

    private readonly XetByteSource _source;
    private readonly FilePlan _window;
    private readonly Extent _part;
    private readonly byte[] _chunkBytes = ArrayPool<byte>.Shared.Rent(Chunk.MostBytes);
    private FilePlan _plan;
    private RangeReader? _reader;
    private LocalPlace? _local;
    private ReadOnlyMemory<byte> _ready;
    private long _position;
    private int _term;
    private int _chunk;
    private long _chunkStart;
    private int _expired;
    private bool _isRefused;
    private bool _isDisposed;

    /// <param name="source">Whose bytes they are.</param>
    /// <param name="window">The plan of a part of the file that has the one wanted.</param>
    /// <param name="part">What is wanted.</param>
    public XetBody(XetByteSource source, FilePlan window, Extent part)
    {
        (_source, _window, _plan, _part, _position) = (source, window, window, part, part.Start);
        GoTo(window.IndexAt(_position));
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _part.Length;

    public override long Position { get => _position - _part.Start; set => throw new NotSupportedException(); }

    /// <summary>Gets as far as the first bytes: asks for them, or finds them on this disk.</summary>
    /// <exception cref="TransientException">Another attempt may fare better.</exception>
    /// <exception cref="HubCacheException">For good.</exception>
    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        if (_position < _part.End && _ready.IsEmpty && _local is null)
        {
            await AdvanceAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_position < _part.End && buffer.Length > 0)
        {
            int read = TakeReady(buffer.Span);
            if (read > 0)
            {
                _position += read;
                return read;
            }

            await AdvanceAsync(cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _reader?.Dispose();
            ArrayPool<byte>.Shared.Return(_chunkBytes);
        }

        base.Dispose(disposing);
    }

    private int TakeReady(Span<byte> buffer)
    {
        if (!_ready.IsEmpty)
        {
            int taken = Math.Min(buffer.Length, _ready.Length);
            _ready.Span[..taken].CopyTo(buffer);
            _ready = _ready[taken..];
            return taken;
        }

        if (_local is not { } local)
        {
            return 0;
        }

        int wanted = (int)Math.Min(buffer.Length, local.Place.Length);
        int read = wanted == 0 ? 0 : local.Bytes.Read(buffer[..wanted], local.Place.Start);
        if (read == 0)
        {
            // It is not there any more, or was never what was noted.
            _source.Local.Remove(local.Bytes);
            throw new TransientException(XetErrors.Nonsense(_plan.Terms[_term].Range.Link, "bytes that lay on this disk are gone"));
        }

        _source.Reused(read);
        _local = read == local.Place.Length ? null : local with { Place = new Extent(local.Place.Start + read, local.Place.End) };
        return read;
    }

    /// <summary>Makes the bytes at the position ready.</summary>
    private async ValueTask AdvanceAsync(CancellationToken cancellationToken)
    {
        while (_ready.IsEmpty && _local is null)
        {
            if (_position == _plan.Part.End || _chunkStart == _plan.Terms[_term].End)
            {
                NextTerm();
            }

            PlannedTerm term = _plan.Terms[_term];
            if (_source.Stash.Take(term.Term.Xorb, _chunk) is byte[] stashed)
            {
                stashed.CopyTo(_chunkBytes, 0);
                Pass(stashed.Length);
            }
            else if (await FindAsync(term, cancellationToken).ConfigureAwait(false) is LocalPlace place)
            {
                PassLocal(term, place);
            }
            else
            {
                await FetchAsync(term, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void NextTerm()
    {
        if (_position == _plan.Part.End)
        {
            // A part of the window that was asked for on its own ends here.
            _plan = _window;
            GoTo(_window.IndexAt(_position));
        }
        else
        {
            GoTo(_term + 1);
        }
    }

    private void GoTo(int term)
    {
        _term = term;
        (_chunk, _chunkStart) = (_plan.Terms[_term].Term.First, _plan.Terms[_term].Start);
    }

    private async ValueTask<LocalPlace?> FindAsync(PlannedTerm term, CancellationToken cancellationToken)
    {
        return await _source.Repeats.FindAsync(term, _chunk, _chunkStart, cancellationToken).ConfigureAwait(false)
            ?? _source.Local.Find(term.Term.Xorb, _chunk);
    }

    /// <summary>Makes bytes of this disk ready: those of a chunk, or of a whole term.</summary>
    private void PassLocal(PlannedTerm term, LocalPlace place)
    {
        long end = _chunkStart + place.Place.Length;
        if (end > term.End)
        {
            _source.Local.Remove(place.Bytes);
            throw new TransientException(
                XetErrors.Nonsense(term.Range.Link, "chunks that lie on this disk are not of the length that they have there"));
        }

        if (end != term.End || term.Term.End == _chunk + 1)
        {
            _source.Repeats.Chunks.Add(term.Term.Xorb, _chunk, new Extent(_chunkStart, end));
        }

        long from = Math.Max(_position, _chunkStart);
        if (from < end)
        {
            _local = place with
            {
                Place = new Extent(place.Place.Start + from - _chunkStart, place.Place.Start + Math.Min(end, _part.End) - _chunkStart)
            };
        }

        (_chunk, _chunkStart) = (end == term.End ? term.Term.End : _chunk + 1, end);
    }

    private async ValueTask FetchAsync(PlannedTerm term, CancellationToken cancellationToken)
    {
        try
        {
            if (_reader is null || _reader.Range != term.Range || _reader.Next > _chunk)
            {
                await OpenAsync(cancellationToken).ConfigureAwait(false);

                // Perhaps of another plan, whose terms begin elsewhere.
                return;
            }

            while (_reader.Next < _chunk)
            {
                await PassOverAsync(cancellationToken).ConfigureAwait(false);
            }

            int length = await _reader.ReadAsync(_chunkBytes, cancellationToken).ConfigureAwait(false);
            CheckLength(term, length);
            var place = new Extent(_chunkStart, _chunkStart + length);
            if (place.Start >= 0)
            {
                _source.Repeats.Chunks.Add(term.Term.Xorb, _chunk, place);
            }

            Pass(length);
            if (_chunkStart >= Math.Min(_part.End, _plan.EndOfRun(_term)))
            {
                await StashRestAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (BadChunkException bad)
        {
            throw _source.Judge(bad);
        }
    }

    /// <summary>Makes a chunk that lies in memory ready, as far as it is wanted.</summary>
    private void Pass(int length)
    {
        long end = _chunkStart + length;
        int skipped = (int)Math.Clamp(_position - _chunkStart, 0, length);
        _ready = _chunkBytes.AsMemory(skipped, (int)Math.Max(0, Math.Min(end, _part.End) - _chunkStart - skipped));
        (_chunk, _chunkStart) = (_chunk + 1, end);
    }

    private void CheckLength(PlannedTerm term, int length)
    {
        long end = _chunkStart + length;
        bool isLast = _chunk + 1 == term.Term.End;
        if (isLast ? end != term.End : end >= term.End)
        {
            throw new BadChunkException(
                XetErrors.BadChunk(term.Range, _chunk, string.Create(
                    CultureInfo.InvariantCulture, $"up to it there are {end - term.Start} bytes of a term of {term.Term.Length}")),
                term.Term.Xorb,
                _chunk);
        }
    }

    /// <summary>Reads a chunk that is not wanted here, and keeps it if it is wanted further on.</summary>
    private async ValueTask PassOverAsync(CancellationToken cancellationToken)
    {
        int chunk = _reader!.Next;

        // Not in place of a chunk that is ready.
        byte[] other = ArrayPool<byte>.Shared.Rent(Chunk.MostBytes);
        try
        {
            int length = await _reader.ReadAsync(other, cancellationToken).ConfigureAwait(false);
            if (_plan.IsWantedLater(_term, chunk))
            {
                _source.Stash.Add(_reader.Range.Xorb, chunk, other.AsSpan(0, length));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(other);
        }
    }

    /// <summary>Reads what else of the range is wanted, further on in the file.</summary>
    private async ValueTask StashRestAsync(CancellationToken cancellationToken)
    {
        while (_reader!.Next < _reader.Range.End && _source.Stash.HasRoom && _plan.IsWantedLater(_term, _reader.Next))
        {
            await PassOverAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks for the range that has the chunk: as it was signed, or for a smaller one if much of it would be in vain.</summary>
    private async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        _reader?.Dispose();
        _reader = null;
        long end = Math.Min(_part.End, _plan.EndOfRun(_term));
        if (_plan == _window && _source.CanAskForParts && IsMuchInVain(end))
        {
            await UsePartAsync(end, cancellationToken).ConfigureAwait(false);
            return;
        }

        SignedRange range = _plan.Terms[_term].Range;
        try
        {
            HttpResponseMessage response = await _source.Means.Storage.OpenAsync(range, cancellationToken).ConfigureAwait(false);
            Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            _reader = new RangeReader(range, response, body, _source.Means.Codecs, _source.Count);
        }
        catch (LinkRefusedException e)
        {
            if (e.IsExpired ? ++_expired > MostExpired : _isRefused)
            {
                throw e.IsExpired ? new TransientException(e.Error) : e.Error;
            }

            _isRefused |= !e.IsExpired;
            _source.Drop(_window);
            await UsePartAsync(end, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether much of the range would be fetched for nothing, wanted neither up to there nor further on.</summary>
    private bool IsMuchInVain(long end)
    {
        PlannedTerm term = _plan.Terms[_term];
        SignedRange range = term.Range;
        double bytesOfChunk = (double)term.Term.Length / (term.Term.End - term.Term.First);
        double first = _chunk + Math.Max(0, Math.Floor((_position - _chunkStart) / bytesOfChunk));
        double last = Math.Min(range.End, first + Math.Ceiling((end - _position) / bytesOfChunk));
        double before = _source.Stash.HasRoom && _plan.IsWantedLater(_term, range.First) ? 0 : first - range.First;
        double behind =
            end == _plan.EndOfRun(_term) && _source.Stash.HasRoom && _plan.IsWantedLater(_term, range.End - 1) ? 0 : range.End - last;
        return (before + behind) * range.Bytes.Length / (range.End - range.First) > MostInVain;
    }

    /// <summary>Goes on by a plan for just the bytes up to there.</summary>
    private async ValueTask UsePartAsync(long end, CancellationToken cancellationToken)
    {
        _plan = await _source.PlanPartAsync(new Extent(_position, end), cancellationToken).ConfigureAwait(false);
        GoTo(_plan.IndexAt(_position));
    }
}
