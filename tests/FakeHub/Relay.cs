using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace FakeHub;

/// <summary>
/// Distance: stands between clients and one origin, holds every byte back by half a round trip each way, and shares a line's rate among all
/// connections. A new connection costs a round trip of its own, as a handshake does.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private const int ChunkBytes = 256 * 1024;

    // What is under way in one direction of a connection: enough for 200 MB/s over 40 ms, and no more than a wide window has.
    private const int MostUnderWay = 64;

    private readonly TcpListener _listener;
    private readonly IPEndPoint _origin;
    private readonly TimeSpan _half;
    private readonly SharedLine? _line;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;

    public Relay(IPAddress address, IPEndPoint origin, TimeSpan roundTrip, SharedLine? line)
    {
        (_origin, _half, _line) = (origin, roundTrip / 2, line);
        _listener = new TcpListener(address, 0);
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync(_stopping.Token);
                _ = Task.Run(() => ConnectAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task ConnectAsync(Socket client)
    {
        using var origin = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await ExactDelay.WaitAsync(_half * 2, _stopping.Token);
                await origin.ConnectAsync(_origin, _stopping.Token);
                using var broken = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                await Task.WhenAll(CarryAsync(client, origin, line: null, broken), CarryAsync(origin, client, _line, broken));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // A broken connection is broken on both sides.
                client.LingerState = new LingerOption(true, 0);
            }
        }
    }

    private async Task CarryAsync(Socket from, Socket to, SharedLine? line, CancellationTokenSource broken)
    {
        var underWay = Channel.CreateBounded<(byte[] Bytes, int Length, long Due)>(MostUnderWay);
        Task delivering = DeliverAsync(underWay.Reader, to, broken);
        try
        {
            int most = (int)Math.Min(ChunkBytes, line?.BytesPerTurn ?? ChunkBytes);
            while (true)
            {
                byte[] bytes = System.Buffers.ArrayPool<byte>.Shared.Rent(most);
                int length = await from.ReceiveAsync(bytes.AsMemory(0, most), broken.Token);
                if (length == 0)
                {
                    break;
                }
                if (line is not null)
                {
                    await line.TakeTurnAsync(length, broken.Token);
                }
                long due = Stopwatch.GetTimestamp() + (long)(_half.TotalSeconds * Stopwatch.Frequency);
                await underWay.Writer.WriteAsync((bytes, length, due), broken.Token);
            }
        }
        catch
        {
            await broken.CancelAsync();
            throw;
        }
        finally
        {
            underWay.Writer.TryComplete();
            await delivering;
        }
    }

    private static async Task DeliverAsync(
        ChannelReader<(byte[] Bytes, int Length, long Due)> underWay, Socket to, CancellationTokenSource broken)
    {
        try
        {
            await foreach ((byte[] bytes, int length, long due) in underWay.ReadAllAsync(broken.Token))
            {
                double wait = (double)(due - Stopwatch.GetTimestamp()) / Stopwatch.Frequency;
                if (wait > 0.0005)
                {
                    await ExactDelay.WaitAsync(TimeSpan.FromSeconds(wait), broken.Token);
                }
                for (int sent = 0; sent < length;)
                {
                    sent += await to.SendAsync(bytes.AsMemory(sent, length - sent), SocketFlags.None, broken.Token);
                }
                System.Buffers.ArrayPool<byte>.Shared.Return(bytes);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            await broken.CancelAsync();
            throw;
        }
    }
}
