using System.Collections.Concurrent;
using System.Globalization;
using HubCache.Transfer;

namespace HubCache.Xet;

/// <summary>
/// Gives the bytes of a file that the Hub keeps in Xet: by Xet or by plain HTTP, and by the other of the two from the byte on where one
/// fails.
/// </summary>
/// <param name="xet">The one way.</param>
/// <param name="http">The other.</param>
/// <param name="choice">Which comes first, and whether the other may be gone over to.</param>
/// <param name="note">Told when it is, and why.</param>
internal sealed class HubByteSource(XetByteSource xet, HttpByteSource http, TransportChoice choice, Action<string> note)
    : IByteSource, IDisposable
{
    private const int MostFailures = 3;
    private const long Progress = 1 << 20;
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    // Where Xet did not work a moment ago, it is not tried again for every file.
    private static readonly ConcurrentDictionary<string, long> Broken = new(StringComparer.OrdinalIgnoreCase);

    private readonly object _gate = new();
    private bool _isXet = choice.IsXet;
    private bool _isFixed = choice.IsFixed;
    private int _failures;
    private long _delivered;

    /// <summary>Whether Xet failed for a host in this process less than ten minutes ago, so that HTTP is tried first.</summary>
    public static bool IsBroken(string host)
        => Broken.TryGetValue(host, out long at) && Environment.TickCount64 - at < Remembered.TotalMilliseconds;

    public CutRules Cuts => Current.Cuts;

    public TimeSpan RoundTrip => Current.RoundTrip;

    private IByteSource Current => Volatile.Read(ref _isXet) ? xet : http;

    /// <summary>Asks Xet for what the schedule needs to know, if Xet is what it begins with.</summary>
    public async Task PrepareAsync(long position, CancellationToken cancellationToken)
    {
        try
        {
            if (Volatile.Read(ref _isXet))
            {
                await xet.PrepareAsync(position, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (HubCacheException e) when (Failed(xet, e))
        {
            // By HTTP, then.
        }
        catch (TransientException)
        {
            // The first request hears it again, where there is patience for it.
        }
    }

    public long CutNear(long start, long length) => Current.CutNear(start, length);

    public async Task<ByteAnswer> OpenAsync(long start, long? count, CancellationToken cancellationToken)
    {
        IByteSource source = Current;
        try
        {
            ByteAnswer answer = await source.OpenAsync(start, count, cancellationToken).ConfigureAwait(false);
            return answer with { Body = new WatchedBody(answer.Body, this, source) };
        }
        catch (Exception e) when (e is TransientException or HubCacheException && Failed(source, e))
        {
            return await Current.OpenAsync(start, count, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What is known of the file's chunks; null when it came by HTTP.</summary>
    public ChunkList? Chunks() => xet.Chunks();

    public void Forget()
    {
        xet.Forget();
        http.Forget();
    }

    public void Dispose()
    {
        xet.Dispose();
        http.Dispose();
    }

    /// <summary>Takes note of a failure, and goes over to the other way after one for good, or after several without progress.</summary>
    /// <returns>Whether the other way is open now.</returns>
    private bool Failed(IByteSource source, Exception error)
    {
        lock (_gate)
        {
            if (source != Current)
            {
                return true;
            }

            if (_isFixed || !IsReason(source, error))
            {
                return false;
            }

            (_isFixed, _failures) = (true, 0);
            Volatile.Write(ref _isXet, !_isXet);
            if (source == xet && error is TransientException)
            {
                Broken[choice.Host] = Environment.TickCount64;
            }

            note(string.Create(
                CultureInfo.InvariantCulture, $"{choice.Name}: goes on by {(_isXet ? "Xet" : "plain HTTP")} after: {error.Message}"));
            return true;
        }
    }

    /// <summary>
    /// Whether to change to the other transport after a failure: a permanent one, or one too many. An unreachable host is not a reason,
    /// since Xet would not be reachable either.
    /// </summary>
    private bool IsReason(IByteSource source, Exception error)
    {
        HubErrorCode code = (error as HubCacheException ?? ((TransientException)error).Cause).Code;
        bool isRefusal = source == xet || code == HubErrorCode.HubProtocolError;
        return isRefusal && (error is HubCacheException || ++_failures >= MostFailures);
    }

    private void Delivered(int bytes)
    {
        lock (_gate)
        {
            if ((_delivered += bytes) >= Progress)
            {
                (_delivered, _failures) = (0, 0);
            }
        }
    }

    /// <summary>A body whose failures count.</summary>
    private sealed class WatchedBody(Stream body, HubByteSource owner, IByteSource source) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => body.Length;

        public override long Position { get => body.Position; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                int read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                owner.Delivered(read);
                return read;
            }
            catch (Exception e) when (e is TransientException or HubCacheException)
            {
                // The next request goes the other way.
                throw owner.Failed(source, e) && e is HubCacheException error ? new TransientException(error) : e;
            }
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
    }
}
