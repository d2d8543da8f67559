using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FakeHub;

/// <summary>TLS between Kestrel and the socket. Kestrel's own wants services that only a whole web host brings.</summary>
internal sealed class TlsOutput(Stream input, Stream output) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <param name="listen">Where to listen; what is under TLS has been set up before.</param>
    /// <param name="certificate">The server's certificate, with its key.</param>
    /// <param name="authority">Sent with it.</param>
    public static void UseFor(ListenOptions listen, X509Certificate2 certificate, X509Certificate2 authority)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, [authority], offline: true),
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        };
        listen.Use(next => connection => ServeAsync(connection, options, next));
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => input.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => input.ReadAsync(buffer, offset, count, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        => output.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => output.WriteAsync(buffer, offset, count, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static async Task ServeAsync(ConnectionContext connection, SslServerAuthenticationOptions options, ConnectionDelegate next)
    {
        IDuplexPipe transport = connection.Transport;
        await using var secure =
            new SslStream(new TlsOutput(transport.Input.AsStream(leaveOpen: true), transport.Output.AsStream(leaveOpen: true)));
        try
        {
            await secure.AuthenticateAsServerAsync(options, connection.ConnectionClosed);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or OperationCanceledException)
        {
            // A caller who does not trust us: the end of the connection says the same to him.
            return;
        }

        connection.Transport = new Duplex(
            PipeReader.Create(secure, new StreamPipeReaderOptions(leaveOpen: true)),
            PipeWriter.Create(secure, new StreamPipeWriterOptions(minimumBufferSize: 16 * 1024, leaveOpen: true)));
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
