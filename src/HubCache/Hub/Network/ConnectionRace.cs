using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace HubCache.Hub.Network;

/// <summary>
/// Connects to a host of several addresses, the families in turn, each next one a little later, until one is there (RFC 8305).
/// </summary>
/// <param name="find">The addresses of a name, in the system's order.</param>
/// <param name="prepare">Sets up a socket before it connects; null for nothing.</param>
internal sealed class ConnectionRace(Func<string, CancellationToken, Task<IPAddress[]>> find, Action<Socket>? prepare = null)
{
    // RFC 8305 section 5 recommends it; a broken family costs no more than that.
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, AddressFamily> _winners = new(StringComparer.OrdinalIgnoreCase);

    public ConnectionRace()
        : this((host, cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken))
    {
    }

    /// <summary>A connection; its stream owns the socket.</summary>
    /// <exception cref="SocketException">No address could be connected to: the first one's error.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint target, CancellationToken cancellationToken)
    {
        IPAddress[] found = IPAddress.TryParse(target.Host, out IPAddress? literal)
            ? [literal]
            : await find(target.Host, cancellationToken).ConfigureAwait(false);
        if (found.Length == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        Socket socket = await RaceAsync(
            InTurn(found, _winners.GetValueOrDefault(target.Host, found[0].AddressFamily)),
            target.Port,
            cancellationToken).ConfigureAwait(false);
        _winners[target.Host] = socket.AddressFamily;
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>The addresses of both families in turn, beginning with one of them (RFC 8305 section 4).</summary>
    internal static IReadOnlyList<IPAddress> InTurn(IReadOnlyList<IPAddress> addresses, AddressFamily first)
    {
        return [.. addresses.GroupBy(address => address.AddressFamily)
            .SelectMany(family => family.Select((address, place) => (address, place)))
            .OrderBy(item => item.place).ThenBy(item => item.address.AddressFamily == first ? 0 : 1)
            .Select(item => item.address)];
    }

    private async Task<Socket> RaceAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task<Socket>>();
        Exception? first = null;
        int next = 0;
        try
        {
            while (running.Count > 0 || next < addresses.Count)
            {
                if (next < addresses.Count)
                {
                    running.Add(ConnectAsync(new IPEndPoint(addresses[next++], port), stop.Token));
                }

                Task<Socket>? ended = await FirstToEndAsync(running, next < addresses.Count, cancellationToken).ConfigureAwait(false);
                if (ended?.IsCompletedSuccessfully == true)
                {
                    running.Remove(ended);
                    return await ended.ConfigureAwait(false);
                }

                if (ended is not null)
                {
                    running.Remove(ended);
                    first ??= ended.Exception?.InnerException;
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            running.ForEach(Abandon);
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw first ?? new SocketException((int)SocketError.HostUnreachable);
    }

    /// <summary>The attempt that ended; null when it is time for the next one.</summary>
    private static async Task<Task<Socket>?> FirstToEndAsync(List<Task<Socket>> running, bool hasNext, CancellationToken cancellationToken)
    {
        Task<Task<Socket>> any = Task.WhenAny(running);
        if (!hasNext)
        {
            return await any.ConfigureAwait(false);
        }

        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bool isOver = await Task.WhenAny(any, Task.Delay(HeadStart, pause.Token)).ConfigureAwait(false) != any;
        await pause.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return isOver ? null : await any.ConfigureAwait(false);
    }

    private async Task<Socket> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            prepare?.Invoke(socket);
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Closes a connection that came too late.</summary>
    private static void Abandon(Task<Socket> attempt)
    {
        _ = attempt.ContinueWith(
            static late =>
            {
                if (late.IsCompletedSuccessfully)
                {
                    late.Result.Dispose();
                }
                else
                {
                    _ = late.Exception;
                }
            },
            TaskScheduler.Default);
    }
}
