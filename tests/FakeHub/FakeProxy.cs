using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FakeHub;

/// <summary>A proxy on loopback: it passes everything on, wants a password first, or answers every request with the same text.</summary>
public sealed class FakeProxy : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly string? _answer;
    private readonly string? _login;
    private int _wrongLogins;

    private FakeProxy(string? answer, string? login)
    {
        (_answer, _login) = (answer, login);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Address = new Uri($"http://{_listener.LocalEndPoint}");
        _ = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>The heads of the requests that came, in this order.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>How many came with a user or a password that is not the right one.</summary>
    public int WrongLogins => _wrongLogins;

    /// <summary>Passes everything on.</summary>
    public static FakeProxy PassOn() => new(null, null);

    /// <summary>Passes on what comes with this user and password; whatever else is answered by 407.</summary>
    public static FakeProxy Guarded(string user, string password) => new(null, $"{user}:{password}");

    /// <summary>Sends the same text to whoever asks, and closes; an empty one is a close alone.</summary>
    public static FakeProxy Answer(string text) => new(text, null);

    /// <summary>Answers every request with a status.</summary>
    public static FakeProxy Refuse(int status, string headers = "", string body = "")
        => Answer($"HTTP/1.1 {status} Ordered\r\n{headers}Content-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                Socket caller = await _listener.AcceptAsync(_stop.Token);
                _ = ServeAsync(caller);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket caller)
    {
        try
        {
            using var stream = new NetworkStream(caller, ownsSocket: true);
            while (await ReadHeadAsync(stream) is string head)
            {
                _requests.Enqueue(head);
                if (_answer is not null)
                {
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(_answer), _stop.Token);
                    caller.Shutdown(SocketShutdown.Send);
                    await DrainAsync(stream);
                    return;
                }

                if (IsLetIn(head))
                {
                    await PassOnAsync(stream, head);
                    return;
                }

                await stream.WriteAsync(
                    "HTTP/1.1 407 Ordered\r\nProxy-Authenticate: Basic realm=\"fake\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray(),
                    _stop.Token);
            }
        }
        catch (Exception exception) when (exception
            is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }

    private bool IsLetIn(string head)
    {
        const string Header = "Proxy-Authorization: Basic ";
        string? given =
            head.Split("\r\n").FirstOrDefault(line => line.StartsWith(Header, StringComparison.OrdinalIgnoreCase))?[Header.Length..];
        bool isRight = _login is null || given == Convert.ToBase64String(Encoding.UTF8.GetBytes(_login));
        if (!isRight && given is not null)
        {
            Interlocked.Increment(ref _wrongLogins);
        }

        return isRight;
    }

    private async Task PassOnAsync(NetworkStream caller, string head)
    {
        string[] line = head.Split("\r\n")[0].Split(' ');
        bool isTunnel = line[0] == "CONNECT";
        var target = new Uri(isTunnel ? $"tcp://{line[1]}" : line[1]);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(target.Host, target.Port, _stop.Token);
        using var server = new NetworkStream(socket);
        await (isTunnel ? caller : server).WriteAsync(
            Encoding.ASCII.GetBytes(isTunnel ? "HTTP/1.1 200 Connection established\r\n\r\n" : head), _stop.Token);
        await Task.WhenAny(caller.CopyToAsync(server, _stop.Token), server.CopyToAsync(caller, _stop.Token));
    }

    private async Task<string?> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) == 1)
        {
            head.Append((char)one[0]);
            if (head.Length > 3 && head.ToString(head.Length - 4, 4) == "\r\n\r\n")
            {
                return head.ToString();
            }
        }

        return null;
    }

    private async Task DrainAsync(NetworkStream stream)
    {
        byte[] rest = new byte[4096];
        while (await stream.ReadAsync(rest, _stop.Token) > 0)
        {
        }
    }
}
