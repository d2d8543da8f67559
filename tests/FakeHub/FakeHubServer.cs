using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace FakeHub;

/// <summary>A stand-in for the Hub and for the storage behind it: two origins in this process, on loopback only.</summary>
public sealed class FakeHubServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Type, string Id), RepoAtId> _repos = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<KestrelServer> _servers = [];
    private readonly List<Relay> _relays = [];
    private readonly SharedLine? _relayedLine;

    private FakeHubServer(FakeHubOptions options)
    {
        Options = options;
        Line = options.TotalBytesPerSecond > 0 ? new SharedLine(options.TotalBytesPerSecond) : null;
        _relayedLine = options.LineBytesPerSecond > 0 ? new SharedLine(options.LineBytesPerSecond) : null;
        Authority = options.Tls ? options.Authority ?? new CertificateAuthority() : null;
        Certificate = options.Certificate ?? Authority?.Issue();
    }

    public FakeHubOptions Options { get; }

    public Uri Endpoint { get; private set; } = null!;

    /// <summary>Another host than <see cref="Endpoint"/> where the system has 127.0.0.2, else the same host on another port.</summary>
    public Uri StorageOrigin { get; private set; } = null!;

    public FaultList Faults { get; } = new();

    public RequestLog Log { get; } = new();

    /// <summary>The other way to the bytes of files that say so.</summary>
    public XetStore Xet { get; } = new();

    public ConnectionCount Connections { get; } = new();

    /// <summary>Who issued the certificate of both origins; null without TLS.</summary>
    public CertificateAuthority? Authority { get; }

    /// <summary>Of both origins; null without TLS.</summary>
    private X509Certificate2? Certificate { get; }

    /// <summary>Null: every connection has a line of its own.</summary>
    internal SharedLine? Line { get; }

    internal SignedLinks Links { get; private set; } = null!;

    internal byte[] XetKey { get; } = RandomNumberGenerator.GetBytes(32);

    internal CancellationToken Stopping => _stopping.Token;

    public static async Task<FakeHubServer> StartAsync(FakeHubOptions? options = null)
    {
        var server = new FakeHubServer(options ?? new FakeHubOptions());
        server.Endpoint = await server.ListenAsync(IPAddress.Loopback, server.Options.Port, Origin.Hub);
        try
        {
            server.StorageOrigin = await server.ListenAsync(IPAddress.Parse("127.0.0.2"), server.Options.StoragePort, Origin.Storage);
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            server.StorageOrigin = await server.ListenAsync(IPAddress.Loopback, server.Options.StoragePort, Origin.Storage);
        }
        server.Links =
            new SignedLinks(server.Options.StorageAtHub ? server.Endpoint : server.StorageOrigin, server.Options.SignedLinkSeconds);
        return server;
    }

    /// <param name="id">One segment or two.</param>
    /// <param name="type"><c>model</c>, <c>dataset</c>, <c>space</c> or <c>kernel</c>.</param>
    /// <param name="isPrivate">To everybody without a token that may read it, the repo does not exist.</param>
    /// <param name="gated">Its files need a token with access; its listings do not.</param>
    public FakeRepo AddRepo(string id, string type = "model", bool isPrivate = false, bool gated = false)
    {
        var repo = new FakeRepo(id, RepoPath.CheckedType(type), isPrivate, gated, AddAlias);
        _repos[(type, id)] = new RepoAtId(repo, false);
        return repo;
    }

    public FakeRepo? FindRepo(string id, string type = "model") => Find(type, id)?.Repo;

    /// <summary>The log and what it counts start anew.</summary>
    public void ForgetRequests()
    {
        Log.Clear();
        Connections.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (Relay relay in _relays)
        {
            await relay.DisposeAsync();
        }
        _relays.Clear();
        foreach (KestrelServer server in _servers)
        {
            // Cancelled at once: nobody waits for a stalled answer to finish.
            await server.StopAsync(new CancellationToken(true));
            server.Dispose();
        }
        _servers.Clear();
        _stopping.Dispose();
        if (Options.Certificate is null)
        {
            Certificate?.Dispose();
        }
        if (Options.Authority is null)
        {
            Authority?.Dispose();
        }
    }

    internal RepoAtId? Find(string type, string id) => _repos.GetValueOrDefault((type, id));

    private void AddAlias(string oldId, FakeRepo repo, bool absoluteLocation)
        => _repos[(repo.Type, oldId)] = new RepoAtId(repo, absoluteLocation);

    private async Task<Uri> ListenAsync(IPAddress address, int port, Origin origin)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MinResponseDataRate = null;
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MaxRequestBodySize = null;
        options.Limits.MaxRequestLineSize = 64 * 1024;
        options.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
        options.Limits.KeepAliveTimeout = TimeSpan.FromHours(1);
        ListenOptions? endpoint = null;
        options.Listen(address, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            Connections.CountOn(listen, origin);
            SocketOutput.UseFor(listen);
            if (Authority is not null)
            {
                TlsOutput.UseFor(listen, Certificate!, Authority.Certificate);
            }
            endpoint = listen;
        });
        var transport = new SocketTransportFactory(
            Microsoft.Extensions.Options.Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        var server = new KestrelServer(Microsoft.Extensions.Options.Options.Create(options), transport, NullLoggerFactory.Instance);
        try
        {
            await server.StartAsync(new OriginApplication(this, origin), CancellationToken.None);
        }
        catch
        {
            server.Dispose();
            throw;
        }
        _servers.Add(server);
        return new Uri($"{(Options.Tls ? "https" : "http")}://{Far(address, endpoint!.IPEndPoint!)}");
    }

    /// <summary>The address by which an origin is reached: its own, or that of the relay before it.</summary>
    private IPEndPoint Far(IPAddress address, IPEndPoint origin)
    {
        if (Options.RoundTripMilliseconds == 0 && _relayedLine is null)
        {
            return origin;
        }
        var relay = new Relay(address, origin, TimeSpan.FromMilliseconds(Options.RoundTripMilliseconds), _relayedLine);
        _relays.Add(relay);
        return relay.Address;
    }

    /// <summary>What an id leads to; the repo's own id may differ, if it was renamed.</summary>
    internal sealed record RepoAtId(FakeRepo Repo, bool AbsoluteLocation);
}
