using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FakeHub;

/// <summary>
/// Lets Kestrel write straight to the socket. Its own transport sends from 4 KB blocks on another thread, which is slow for
/// files, and a flush there returns before the bytes are out, so that neither counting them nor cutting after them is exact.
/// </summary>
internal sealed class SocketOutput : Stream
{
    private const int SegmentBytes = 256 * 1024;
    private const int TcpInfo = 11;
    private const int UnackedOffset = 24;
    private const int NotSentOffset = 144;

    private readonly Socket _socket;

    private SocketOutput(Socket socket) => _socket = socket;

    /// <summary>The other side is gone.</summary>
    public bool IsBroken { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public static void UseFor(ListenOptions listen) => listen.Use(next => async connection =>
    {
        IDuplexPipe transport = connection.Transport;
        await using var output = new SocketOutput(connection.Features.Get<IConnectionSocketFeature>()!.Socket);
        connection.Features.Set(output);
        connection.Transport = new Duplex(
            transport.Input,
            PipeWriter.Create(output, new StreamPipeWriterOptions(minimumBufferSize: SegmentBytes, leaveOpen: true)));
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    });

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (buffer.Length > 0 && !IsBroken)
            {
                int sent = await _socket.SendAsync(buffer, SocketFlags.None, cancellationToken);
                buffer = buffer[sent..];
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Kestrel learns of it from its reading side; an exception here would only be logged as unexpected.
            IsBroken = true;
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>FIN: the other side reads everything that was sent, then the end.</summary>
    public void CloseForWriting()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            IsBroken = true;
        }
    }

    /// <summary>Makes the close that follows an RST, once everything sent so far has arrived: an RST discards what is under way.</summary>
    public async Task PrepareResetAsync(CancellationToken cancellation)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                for (int waited = 0; waited < 5000 && !HasArrived(); waited += 5)
                {
                    await Task.Delay(5, cancellation);
                }
            }
            else
            {
                // Elsewhere the system does not say; on loopback a moment is enough for a reader that reads.
                await Task.Delay(200, cancellation);
            }
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            IsBroken = true;
        }

        bool HasArrived()
        {
            Span<byte> info = stackalloc byte[256];
            int length = _socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfo, info);
            return BitConverter.ToUInt32(info[UnackedOffset..]) == 0
                && (length < NotSentOffset + sizeof(uint) || BitConverter.ToUInt32(info[NotSentOffset..]) == 0);
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
