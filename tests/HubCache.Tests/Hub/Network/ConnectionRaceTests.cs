using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using HubCache.Hub.Network;
using Xunit;

namespace HubCache.Tests.Hub.Network;

/// <summary>A host whose first address swallows everything is reached by the next one (RFC 8305).</summary>
public sealed class ConnectionRaceTests : IDisposable
{
    private readonly Socket _server = Listener(backlog: 100);

    private int Port => ((IPEndPoint)_server.LocalEndPoint!).Port;

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task ABlackHoleInFrontCostsAMoment()
    {
        using BlackHole hole = await BlackHole.DigAsync(Port);
        var race = new ConnectionRace((_, _) => Task.FromResult<IPAddress[]>([hole.Address, IPAddress.Loopback]));

        long began = Stopwatch.GetTimestamp();
        await using Stream stream = await race.ConnectAsync(new DnsEndPoint("hub.example", Port), CancellationToken.None);

        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 200, 900);
    }

    [Fact]
    public async Task ARefusalIsNotWaitedFor()
    {
        using Socket shut = Listener(backlog: 1);
        int port = ((IPEndPoint)shut.LocalEndPoint!).Port;
        shut.Dispose();
        int asked = 0;
        var race =
            new ConnectionRace((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.7"), IPAddress.Loopback]), _ => asked++);

        var error = await Assert.ThrowsAsync<SocketException>(
            () => race.ConnectAsync(new DnsEndPoint("hub.example", port), CancellationToken.None).AsTask());

        Assert.Equal((SocketError.ConnectionRefused, 2), (error.SocketErrorCode, asked));
    }

    [Fact]
    public async Task AnAddressIsNotLookedUp()
    {
        var race = new ConnectionRace((_, _) => throw new InvalidOperationException());
        await using Stream stream = await race.ConnectAsync(new DnsEndPoint("127.0.0.1", Port), CancellationToken.None);
    }

    [Fact]
    public async Task AStopEndsIt()
    {
        using BlackHole hole = await BlackHole.DigAsync(Port);
        var race = new ConnectionRace((_, _) => Task.FromResult<IPAddress[]>([hole.Address, hole.Address]));
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => race.ConnectAsync(new DnsEndPoint("hub.example", Port), stop.Token).AsTask());
    }

    [Fact]
    public void TheFamiliesTakeTurns()
    {
        IPAddress[] all = [.. "::1 ::2 ::3 10.0.0.1 10.0.0.2".Split(' ').Select(IPAddress.Parse)];
        Assert.Equal(
            ["::1", "10.0.0.1", "::2", "10.0.0.2", "::3"],
            ConnectionRace.InTurn(all, AddressFamily.InterNetworkV6).Select(address => address.ToString()));
        Assert.Equal(
            ["10.0.0.1", "::1", "10.0.0.2", "::2", "::3"],
            ConnectionRace.InTurn(all, AddressFamily.InterNetwork).Select(address => address.ToString()));
    }

    private static Socket Listener(int backlog, IPAddress? address = null, int port = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address ?? IPAddress.Loopback, port));
        socket.Listen(backlog);
        return socket;
    }

    /// <summary>An address of loopback whose queue of connections is full: the system drops what comes.</summary>
    private sealed class BlackHole : IDisposable
    {
        private readonly List<Socket> _sockets = [];

        public IPAddress Address { get; } = IPAddress.Parse("127.0.0.6");

        public static async Task<BlackHole> DigAsync(int port)
        {
            var hole = new BlackHole();
            hole._sockets.Add(Listener(backlog: 0, hole.Address, port));
            for (bool isFull = false; !isFull;)
            {
                var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                hole._sockets.Add(filler);
                using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
                try
                {
                    await filler.ConnectAsync(new IPEndPoint(hole.Address, port), patience.Token);
                }
                catch (OperationCanceledException)
                {
                    isFull = true;
                }
            }

            return hole;
        }

        public void Dispose() => _sockets.ForEach(socket => socket.Dispose());
    }
}
